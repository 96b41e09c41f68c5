import { open } from 'node:fs/promises';
import path from 'node:path';
import { MIB } from '../../../disk/layout.ts';
import { KubeosError } from '../../../errors.ts';
import type { Commands } from '../../../host/commands.ts';
import type { FileNode } from '../tree/file-node.ts';
import { parsePseudo } from './parse-pseudo.ts';

export interface SquashfsPlace {
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
  /** Folder for the unpacked contents; they must stay as long as the result is used. */
  readonly scratch: string;
}

/**
 * Every path of a squashfs. unsquashfs writes owners, modes and contents into one "pseudo file", so that
 * nothing is lost where an ordinary user extracts.
 *
 * @throws KubeosError BUILD_CHECK_FAILED, COMMAND_FAILED
 */
export async function listSquashfs(place: SquashfsPlace, commands: Commands): Promise<FileNode[]> {
  const output = path.join(place.scratch, `squashfs-${place.offset}.pseudo`);
  const args = ['-no-progress', '-offset', String(place.offset), '-pf', output, place.file];
  await commands.run({ tool: 'unsquashfs', args, isQuiet: true });
  return await readPseudo(output);
}

async function readPseudo(file: string): Promise<FileNode[]> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  // Some 100 bytes define a path, so nearly always the first size is enough.
  for (let length = 8 * MIB; ; length *= 4) {
    const head = Buffer.alloc(Math.min(length, size));
    await handle.read(head, 0, head.length, 0);
    const nodes = parsePseudo(head, file);
    if (nodes !== undefined) return nodes;
    if (head.length === size) throw notPseudo(file);
  }
}

function notPseudo(file: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${file} is no pseudo file of unsquashfs`, {
    hint: 'squashfs-tools 4.5 or newer is needed to look into a squashfs',
  });
}

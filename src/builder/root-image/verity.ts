import { createHash } from 'node:crypto';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { uuidOf } from '../../disk/uuid.ts';

const BLOCK = 4096;

export interface Verity {
  /** Lower-case hex of the SHA-256 root hash. */
  readonly rootHash: string;
  readonly salt: string;
  /** Bytes; where the hash tree's superblock begins, which is the size of the file system. */
  readonly hashOffset: number;
}

/**
 * Appends the dm-verity hash tree to a file system image. The salt depends on the image's name and not
 * on its version: then unchanged blocks keep their hashes and an upgrade carries little of the tree.
 */
export async function appendVerity(
  image: string,
  settings: { readonly sizeBytes: number; readonly seed: string },
  commands: Commands,
): Promise<Verity> {
  const salt = createHash('sha256').update(`${settings.seed}/verity-salt`).digest('hex');
  const result = await commands.run(formatCommand(image, salt, settings));
  const rootHash = /^Root hash:\s+([0-9a-f]{64})$/m.exec(result.stdout)?.[1];
  if (rootHash === undefined) {
    throw new KubeosError('BUILD_CHECK_FAILED', `veritysetup gave no root hash:\n${result.stdout}`);
  }
  await commands.run({
    tool: 'veritysetup',
    args: ['verify', ...offsetOf(settings), image, image, rootHash],
  });
  return { rootHash, salt, hashOffset: settings.sizeBytes };
}

function formatCommand(
  image: string,
  salt: string,
  settings: { sizeBytes: number; seed: string },
): Command {
  const args = [
    'format',
    `--salt=${salt}`,
    `--uuid=${uuidOf(settings.seed, 'verity')}`,
    `--data-blocks=${settings.sizeBytes / BLOCK}`,
    ...offsetOf(settings),
  ];
  return { tool: 'veritysetup', args: [...args, image, image] };
}

const offsetOf = (settings: { readonly sizeBytes: number }): string[] => [
  `--hash-offset=${settings.sizeBytes}`,
];

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeRootTar } from '../../../src/agent/root-tar/write-root-tar.ts';
import {
  writeTestTar,
  type TestMember,
} from '../../../src/builder/bases/testing/write-test-tar.ts';
import { MIB } from '../../../src/disk/layout.ts';
import { hostCommands } from '../../../src/host/run-commands.ts';

export const commands = hostCommands({ signal: new AbortController().signal });

/** The beginning of a program: machine 62 is amd64, 183 is arm64. */
export const program = (machine = 62): string =>
  `\x7fELF${'\0'.repeat(14)}${String.fromCodePoint(machine)}\0`;

/** The least that a node boots, and stays in hand with. */
export const ROOT: readonly TestMember[] = [
  { name: './', type: 'directory' },
  { name: './boot/', type: 'directory' },
  { name: './boot/vmlinuz', content: 'kernel' },
  { name: './boot/initramfs.img', content: 'initramfs' },
  { name: './usr/bin/kubeos-agent', mode: 0o755, content: program() },
  {
    ...{ name: './etc/systemd/system/multi-user.target.wants/kubeos-agent.service' },
    ...{ type: 'symlink', target: '/usr/lib/systemd/system/kubeos-agent.service' },
  },
];

export interface RootTar {
  readonly file: string;
  readonly checksum: string;
}

export async function rootTar(
  directory: string,
  members: readonly TestMember[] = ROOT,
): Promise<RootTar> {
  const file = await writeTestTar(path.join(directory, 'root.tar'), members);
  return { file, checksum: await checksumOf(file) };
}

export async function checksumOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

export const IMAGE_CAPACITY = 64 * MIB;

/** Makes the image in a file, as it would stand in a partition that held something else before. */
export async function makeImage(
  { file, checksum }: RootTar,
  image: string,
  { capacity = IMAGE_CAPACITY, pieceBytes = MIB } = {},
) {
  await using target = await open(image, 'w');
  await target.write(Buffer.alloc(MIB, 'what was here before '), 0, MIB, 0);
  const written = await writeRootTar({
    ...{ checksum, capacity },
    pieces: createReadStream(file, { highWaterMark: pieceBytes }),
    async write(bytes, position) {
      if (position + bytes.length > capacity) throw new Error('written outside the partition');
      await target.write(bytes, 0, bytes.length, position);
    },
  });
  await target.truncate(written.image.size);
  return written;
}

/** Fails with what e2fsck would mend. */
export async function assertClean(image: string): Promise<void> {
  await commands.run({ tool: 'e2fsck', args: ['-f', '-n', image] });
}

export async function debugfs(image: string, ...asked: readonly string[]): Promise<string> {
  const { stdout } = await commands.run({ tool: 'debugfs', args: ['-R', asked.join(' '), image] });
  return stdout;
}

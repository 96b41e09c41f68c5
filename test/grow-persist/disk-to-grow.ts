import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReadDisk } from '../../src/disk/gpt.ts';
import { MIB, planLayout, SECTOR, type DiskLayout } from '../../src/disk/layout.ts';
import { sgdiskCommand } from '../../src/disk/sgdisk.ts';
import { writeAll } from '../../src/disk/write-at.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import { recordingDd, type Recorder } from './recording-dd.ts';
import type { CrashState } from './crash-states.ts';

export const commands = hostCommands({ signal: new AbortController().signal });
export const SCRIPT = fileURLToPath(import.meta.resolve('#templates/initramfs/grow-persist'));

/** Our own layout, small, with a BIOS boot entry. */
export const LAYOUT: DiskLayout = planLayout({
  arch: 'amd64',
  bootBytes: MIB,
  rootBytes: MIB,
  persistBytes: 2 * MIB,
  hasBiosBoot: true,
  seed: 'grow-persist',
});

export const GROWN_BYTES = LAYOUT.sizeBytes + 5 * MIB + 7 * SECTOR;

/** A disk as built, then made larger by what `GROWN_BYTES` says. */
export async function diskToGrow(disk: string, layout: DiskLayout = LAYOUT): Promise<void> {
  await writeFile(disk, '');
  await truncate(disk, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, disk));
  await truncate(disk, GROWN_BYTES);
}

/** Runs the script, or a changed copy of it, on a disk. */
export async function growPersist(
  disk: string,
  options: { readonly recorder?: Recorder; readonly script?: string } = {},
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const { recorder, script = SCRIPT } = options;
  const PATH = [recorder?.directory, process.env['PATH'], '/usr/sbin', '/sbin']
    .filter((part) => part !== undefined)
    .join(':');
  const { exitCode, stdout } = await commands.run({
    tool: 'sh',
    args: [script, disk],
    successCodes: [0, 1],
    environment: { PATH, TMPDIR: path.dirname(disk), ...recorder?.environment },
  });
  return { exitCode, output: stdout };
}

/** Grows a fresh disk while recording, and returns the disk before and after with its writes. */
export async function recordGrowth(directory: string, script = SCRIPT): Promise<Recorded> {
  const disk = path.join(directory, 'disk');
  await diskToGrow(disk);
  const before = await readFile(disk);
  const recorder = await recordingDd(directory, disk);
  const result = await growPersist(disk, { recorder, script });
  return { before, after: await readFile(disk), writes: await recorder.writes(), ...result };
}

export type Recorded = Awaited<ReturnType<typeof growPersist>> & {
  readonly before: Buffer;
  readonly after: Buffer;
  readonly writes: Awaited<ReturnType<Recorder['writes']>>;
};

/** Reads a disk as a cut has left it. */
export function readAfterCut(before: Buffer, state: CrashState): ReadDisk {
  return (offset, length) => {
    const bytes = Buffer.from(before.subarray(offset, offset + length));
    for (const [sector, content] of state.sectors) {
      const at = sector * SECTOR - offset;
      if (at >= 0 && at + SECTOR <= bytes.length) bytes.set(content, at);
    }
    return bytes;
  };
}

export async function writeAfterCut(
  disk: string,
  before: Buffer,
  state: CrashState,
): Promise<void> {
  await writeFile(disk, before);
  await using file = await open(disk, 'r+');
  for (const [sector, content] of state.sectors) await writeAll(file, content, sector * SECTOR);
}

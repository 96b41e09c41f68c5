import { mkdtempDisposable, open } from 'node:fs/promises';
import path from 'node:path';
import { readGpt, type GptTable } from '../../src/disk/gpt.ts';
import { MIB } from '../../src/disk/layout.ts';
import { commands, kubeos, ROOT, type Guest } from '../boot/testbed.ts';

/** An image with the agent, and disks to install it to. */
export interface InstallScene extends AsyncDisposable {
  readonly directory: string;
  /** The image, to start from. */
  readonly disk: string;
  /** A disk of zeros. */
  makeDisk(name: string, sizeMiB?: number): Promise<string>;
}

/** Larger than the image, so that PERSIST has something to take. */
const TARGET_MIB = 3072;

export async function buildInstallScene(...overrides: readonly string[]): Promise<InstallScene> {
  await using stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(await mkdtempDisposable('/var/tmp/kubeos-install-'));
  const at = (name: string): string => path.join(directory, name);
  const tool = { tool: process.execPath, workingDirectory: ROOT };
  await commands.run({ ...tool, args: ['tools/build-agent.ts', at('kubeos-agent')] });
  await kubeos(
    ...['build', 'fixtures/images/agent/kubeos.yaml', '--agent', at('kubeos-agent')],
    ...['--out', at('image'), '--quiet'],
    ...overrides.flatMap((override) => ['--set', override]),
  );
  const held = stack.move();
  return {
    ...{ directory, disk: at('image/disk.raw') },
    makeDisk: async (name, sizeMiB = TARGET_MIB) => {
      await using handle = await open(at(name), 'wx');
      await handle.truncate(sizeMiB * MIB);
      return at(name);
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

export interface Said {
  readonly output: string;
  readonly exitCode: number;
}

/** Runs the installer in a guest; both streams are in `output`. */
export async function install({ shell }: Guest, args = ''): Promise<Said> {
  return await shell.run(`kubeos-agent install ${args}`);
}

/** The primary table of a disk that is a file. */
export async function tableOf(disk: string): Promise<GptTable | undefined> {
  await using file = await open(disk);
  const head = Buffer.alloc(64 * 512);
  await file.read(head);
  return readGpt((offset, length) => head.subarray(offset, offset + length), 1);
}

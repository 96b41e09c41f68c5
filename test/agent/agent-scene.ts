import { mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../src/demo/control-plane/free-port.ts';
import type { AgentArch } from '../../tools/node-program.ts';
import { bootGuest, BOOT_TIMEOUT_MS, commands, ROOT, type Guest } from '../boot/testbed.ts';
import { checkoutWithGrub } from './changed-checkout.ts';
import { serveDirectory, type Scene } from '../release/serve/serve-scene.ts';

/** Passphrases of keys that only a test uses. */
const ENVIRONMENT = { KUBEOS_PASSPHRASE: 'correct horse battery staple' };

/** A repository on an image server that guests reach, and images whose agent trusts it. */
export interface AgentScene extends AsyncDisposable {
  readonly directory: string;
  readonly server: Scene;
  /** Of the image server, as guests reach it. */
  readonly url: string;
  /** Builds and publishes a release. @returns its digest */
  release(version: string, change?: ReleaseChange): Promise<string>;
  /** The disk of a release that was built. */
  disk(version: string): string;
}

export interface ReleaseChange {
  /** In the folder of the scene's images, or an absolute path. */
  readonly definition?: string;
  readonly set?: readonly string[];
  /** Delta packs from so many releases before: each costs minutes where nearly everything differs. */
  readonly bases?: number;
  /** A line more in the grub.cfg of this image. */
  readonly grubLine?: string;
}

interface AgentSceneOptions {
  /** Directory to go on in, where an earlier scene may have left its images; it is not removed. */
  readonly kept?: string | undefined;
  readonly arch?: AgentArch;
  /** Folder of the image definitions. */
  readonly definitions?: string;
  /** How guests reach this host. */
  readonly host?: string;
}

export async function startAgentScene({
  kept,
  arch = 'amd64',
  definitions = 'fixtures/images/agent',
  host = '10.0.2.2',
}: AgentSceneOptions = {}): Promise<AgentScene> {
  await using stack = new AsyncDisposableStack();
  const directory = kept ?? stack.use(await mkdtempDisposable('/var/tmp/kubeos-agent-')).path;
  const at = (name: string): string => path.join(directory, name);
  const isKept = await isThere(at('port'));
  // Images have it in them before there is a server.
  const port = isKept ? Number(await readFile(at('port'), 'utf8')) : await freePort();
  if (!isKept) {
    await mkdir(directory, { recursive: true });
    await run('tools/build-agent.ts', at('kubeos-agent'), '--arch', arch);
    await kubeos('repository', 'init', at('repo'), '--keys', at('keys'));
    await writeFile(at('port'), String(port));
  }
  const server = stack.use(
    await serveDirectory(at('repo'), { listen: { host: '127.0.0.1', port } }),
  );
  const url = `http://${host}:${port}/`;
  let epoch = 0;
  const release: AgentScene['release'] = async (
    version,
    { definition = 'kubeos.yaml', set: overrides = [], bases = 3, grubLine } = {},
  ) => {
    epoch += 1;
    const known = await readFile(at(`${version}.digest`), 'utf8').catch(() => null);
    if (known !== null) return known;
    const set = [
      ...[`version=${version}`, `epoch=${epoch}`, ...overrides],
      ...[`repository.url=${url}`, `repository.root=${at('keys/root.json')}`],
    ].flatMap((override) => ['--set', override]);
    const image = [
      'build',
      path.resolve(ROOT, definitions, definition),
      '--agent',
      at('kubeos-agent'),
    ];
    const program =
      grubLine === undefined
        ? 'bin/kubeos.ts'
        : await checkoutWithGrub(at(`checkout-${version}`), grubLine);
    const built = await run(program, ...image, '--out', at(version), '--json', ...set);
    const to = ['--to', at('repo'), '--keys', at('keys'), '--bases', String(bases)];
    await kubeos('publish', at(`${version}/release`), ...to);
    const digest = /sha256:[0-9a-f]{64}/.exec(built)?.[0] ?? '';
    await writeFile(at(`${version}.digest`), digest);
    return digest;
  };
  const held = stack.move();
  return {
    ...{ directory, server, url, release },
    disk: (version) => at(`${version}/disk.raw`),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

async function kubeos(...args: readonly string[]): Promise<string> {
  return await run('bin/kubeos.ts', ...args);
}

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const command = { tool: process.execPath, args: [program, ...args] };
  const options = { workingDirectory: ROOT, environment: ENVIRONMENT };
  return (await commands.run({ ...command, ...options })).stdout;
}

/** Where the agent answers on its node, from when on it does. */
const SOCKET_IS_THERE = 'until [ -S /run/kubeos/admin/agent.sock ]; do sleep 0.5; done';

/** Each question starts a program, which takes seconds under emulation, and takes them from the agent. */
const BETWEEN = 'sleep 3';

/** Asks the agent of a guest, once it answers; fails with what it said. */
export async function agent({ shell }: Guest, command: string): Promise<string> {
  await shell.run(SOCKET_IS_THERE);
  const endMs = performance.now() + BOOT_TIMEOUT_MS;
  for (;;) {
    const { exitCode, output } = await shell.run(`kubeos-agent ${command}`);
    if (exitCode === 0) return output;
    if (!output.includes('no agent answers') || performance.now() > endMs) {
      throw new Error(`kubeos-agent ${command}: ${exitCode}: ${output}`);
    }
    await shell.run(BETWEEN);
  }
}

/** Waits until a line of the agent's status matches (grep -E): one program that watches, and none that asks again and again. */
export async function untilSaid({ shell }: Guest, pattern: string): Promise<void> {
  const isSaid = `grep -qE '${pattern}' /run/said`;
  const watch = ': >/run/said; kubeos-agent watch >/run/said 2>&1 & watch=$!';
  const wait = `until ${isSaid} || ! kill -0 $watch 2>/dev/null; do sleep 0.5; done`;
  await shell.run(SOCKET_IS_THERE);
  const watchOnce = `${watch}; ${wait}; kill $watch 2>/dev/null; ${isSaid}`;
  // In a shell of its own: this one would tell the end of the program in the output of what it runs next.
  await shell.run(`( until { ${watchOnce}; }; do ${BETWEEN}; done )`);
}

/** Waits for the end of its trial, if what runs is on one. @returns its status then */
export async function untilGood(guest: Guest): Promise<string> {
  await untilSaid(guest, '^slot . runs .*  good ');
  return await agent(guest, 'status');
}

/** Prepares a release on a node that boots this disk, and restarts into its trial. */
export async function putOnTrial(disk: string, version: string): Promise<void> {
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  await agent(guest, `prepare ${version}`);
  await agent(guest, 'activate');
  await restart(guest);
}

/**
 * Restarts the guest by its agent; the machine ends where a real one would start again.
 *
 * @throws Error with what the agent said where it does not restart: nobody would wait for that to an end
 */
export async function restart({
  shell,
  machine,
}: {
  readonly shell: Pick<Guest['shell'], 'run'>;
  readonly machine: Pick<Guest['machine'], 'exited'>;
}): Promise<void> {
  // What it was asked last may never be answered.
  const answered = shell.run('kubeos-agent reboot').catch(() => null);
  const said = await Promise.race([answered, machine.exited.then(() => null)]);
  if (said !== null && said.exitCode !== 0) {
    throw new Error(`kubeos-agent reboot: ${said.exitCode}: ${said.output}`);
  }
  await machine.exited;
}

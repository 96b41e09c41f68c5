import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readFile, truncate, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { ServerOptions } from 'node:https';
import path from 'node:path';
import { Agent } from '../../../src/agent/agent.ts';
import { fetchForAgent, type Patience } from '../../../src/agent/fetcher/fetch-for-agent.ts';
import type { NodeDevices } from '../../../src/agent/node/find-node-disk.ts';
import { NO_GRUB } from '../../../src/agent/testing/no-grub.ts';
import { openNodeDisk } from '../../../src/agent/node/open-node-disk.ts';
import { fileDevices } from '../../../src/agent/testing/file-devices.ts';
import {
  rootTarOrderSchema,
  type RootTarOrder,
} from '../../../src/agent/root-tar/root-tar-order.ts';
import { serialiseGrubEnvironment } from '../../../src/disk/grub-environment.ts';
import { grubVariablesOf, type Slot } from '../../../src/disk/grub-environment-slots.ts';
import { mkfsFat32 } from '../../../src/disk/mkfs.ts';
import { emptySlotFiles, slotConfiguration } from '../../../src/disk/slot-files.ts';
import { MIB } from '../../../src/disk/layout.ts';
import { originOf, serveFiles, type Handler, type Origin } from '../../release/fetch/origin.ts';
import { listenAsSystemd } from '../listen-as-systemd.ts';
import { commands, IMAGE_CAPACITY, ROOT, rootTar } from './tar-of-root.ts';

/** A node whose disk is files, with its fetcher behind a socket, and a server of tars. */
export interface TarNode extends AsyncDisposable {
  readonly directory: string;
  readonly devices: NodeDevices;
  readonly agent: Agent;
  readonly origin: Origin;
  /** What a person would ask for. */
  order(asked: object): RootTarOrder;
  /** Restarts it into a slot: the agent that runs there. */
  boot(slot: Slot): Promise<Agent>;
}

export interface TarNodeOptions {
  readonly allowUnsigned?: boolean;
  readonly tls?: (directory: string) => Promise<ServerOptions>;
  readonly handler?: (directory: string) => Handler;
  readonly rootBytes?: number;
  readonly patience?: Patience;
}

export async function tarNode({
  allowUnsigned = true,
  tls,
  handler = serveFiles,
  rootBytes = IMAGE_CAPACITY,
  patience,
}: TarNodeOptions = {}): Promise<TarNode> {
  await using stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(await mkdtempDisposable('/var/tmp/kubeos-tar-node-'));
  const at = (name: string): string => path.join(directory, name);
  await mkdir(at('served'));
  await mkdir(at('certs'));
  await writeFile(at('trust.json'), JSON.stringify({ allowUnsigned }));
  const devices = await makeDevices(directory, rootBytes);
  const origin = stack.use(await originOf(handler(at('served')), await tls?.(directory)));
  const { connect: connectFetcher } = stack.use(await fetcherAt(at('fetch.sock'), patience));
  const disks = stack.use(new AsyncDisposableStack());
  let boots = 0;
  const boot = async (booted: Slot): Promise<Agent> => {
    boots += 1;
    return new Agent({
      ...{ version: '0.1.0', arch: 'amd64', image: null, connectFetcher },
      disk: disks.use(await openNodeDisk({ ...devices, booted }, [at('slots.json')])),
      clock: { bootId: `boot ${boots}`, now: () => new Date(1e12) },
      ...{ repositories: at('none'), metadata: at('none') },
      ...{ trust: at('trust.json'), certificates: at('certs') },
      connectConfigurer: async () => await Promise.reject(new Error('nothing is configured here')),
      ...{ dataReport: at('data.json'), hooks: { find: async () => null } },
      run: async () => undefined,
      watchdog: { kind: 'none', name: null, isArmed: false },
      ...{ last: null, keep: () => undefined, restart: async () => undefined, grub: NO_GRUB },
    });
  };
  const agent = await boot('A');
  const held = stack.move();
  return {
    ...{ directory, devices, agent, origin, boot },
    order: (asked) =>
      rootTarOrderSchema.parse({ imagetype: 'disk', version: 'KubeOS v2', ...asked }),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** Slot A runs and is committed. */
async function makeDevices(directory: string, rootBytes: number): Promise<NodeDevices> {
  const at = (name: string): string => path.join(directory, name);
  await writeFile(at('boot'), '');
  await truncate(at('boot'), 40 * MIB);
  await commands.run(mkfsFat32(at('boot'), 'BOOT', '12345678'));
  await commands.run({ tool: 'mmd', args: ['-i', at('boot'), '::/kubeos'] });
  const slots = { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } } as const;
  const empty = emptySlotFiles();
  const running = slotConfiguration({
    ...{ release: `sha256:${'1'.repeat(64)}`, version: '1.0.0', epoch: 7, securityFloor: 0 },
    ...{ kernel: '/k', initramfs: '/i', kernelArguments: ['console=ttyS0', 'quiet'] },
    ...{ image: null, verity: null, area: null },
  });
  const files = {
    grubenv: serialiseGrubEnvironment(grubVariablesOf(slots)),
    'slot-A.cfg': running,
    'slot-A.sum': empty.sums,
    'slot-B.cfg': empty.configuration,
    'slot-B.sum': empty.sums,
  };
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(at(name), bytes);
    await commands.run({ tool: 'mcopy', args: ['-i', at('boot'), at(name), `::/kubeos/${name}`] });
  }
  await writeFile(at('a'), Buffer.alloc(8192, 'a'));
  await writeFile(at('b'), '');
  await truncate(at('b'), rootBytes);
  return fileDevices(directory);
}

/** Each connection gets a fetcher, as systemd gives it one. */
export async function fetcherAt(place: string, patience?: Patience) {
  const serve = async (socket: Socket) => await fetchForAgent(socket, patience);
  const unit = await listenAsSystemd(place, serve);
  return {
    ...unit,
    connect: async () => {
      const socket = connect(place);
      await once(socket, 'connect');
      return socket;
    },
  };
}

/** GRUB's file of a slot, as mtools finds it. */
export async function bootFile({ devices, directory }: TarNode, name: string): Promise<string> {
  const copy = path.join(directory, 'copy');
  await commands.run({
    tool: 'mcopy',
    args: ['-n', '-o', '-i', devices.boot, `::/kubeos/${name}`, copy],
  });
  return await readFile(copy, 'latin1');
}

/** A tar that the node's server has, as it is ordered over plain http. */
export async function served(node: TarNode, members = ROOT) {
  const { file, checksum } = await rootTar(node.directory, members);
  await writeFile(path.join(node.directory, 'served/kubeos.tar'), await readFile(file));
  return { imageurl: `${node.origin.url}kubeos.tar`, checksum, flagSafe: true };
}

export const standbyOf = async ({ agent }: TarNode) => (await agent.status()).slots.B;

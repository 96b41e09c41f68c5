import { randomUUID } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AgentPlaces } from '../../src/agent/node-places.ts';
import { makeBootPartition } from '../../src/agent/testing/boot-partition.ts';
import { guidOf, makeKernelFiles, writeCommandLine } from '../../src/agent/testing/kernel-files.ts';
import type { Slot, SlotEnvironment } from '../../src/disk/grub-environment-slots.ts';
import { MIB, planLayout } from '../../src/disk/layout.ts';
import { openPositional } from '../../src/disk/positional-file.ts';
import { bootFilesOn, type BootFiles } from './boot-files.ts';

export const ROOT_BYTES = 4 * MIB;

const LAYOUT = planLayout({
  ...{ arch: 'amd64', bootBytes: 40 * MIB, rootBytes: ROOT_BYTES, persistBytes: MIB },
  ...{ hasBiosBoot: false, seed: 'file-node' },
});
const DISK = 'nvme2n1';
const ROLES = { A: 'root-a', B: 'root-b' } as const;

/** What slot A holds at first, and what the image says of where releases come from. */
export interface FirstImage {
  /** Name of the image. */
  readonly name: string;
  /** Of the root partition. */
  readonly root: Uint8Array;
  /** Folder of its release: boot.cfg and boot.sum. */
  readonly release: string;
  readonly repository: { readonly url: string; readonly root: Uint8Array };
}

/** A node whose disk, kernel and image are files: the agent's daemon runs on it as on a real one, and needs no rights. */
export interface FileNode {
  readonly directory: string;
  readonly places: AgentPlaces;
  /** Root's. */
  readonly socket: string;
  readonly proxySocket: string;
  /** Device of a root partition. */
  rootDevice(slot: Slot): string;
  /** As GRUB decides; a try is counted. @returns what runs now */
  boot(): Promise<{ readonly slot: Slot; readonly release: string | undefined }>;
  slots(): Promise<SlotEnvironment>;
  /** Of this boot. */
  bootId(): Promise<string>;
  /** What a slot's configuration on BOOT names, and all of its files. */
  bootFiles(slot: Slot): Promise<{ readonly release: string | undefined; readonly bytes: Buffer }>;
  /** Keeps all that lasts, to bring it back. */
  keep(): Promise<void>;
  restore(): Promise<void>;
}

export async function makeFileNode(directory: string, image: FirstImage): Promise<FileNode> {
  const at = (name: string): string => path.join(directory, name);
  const kernel = await makeKernelFiles(directory, guidOf(LAYOUT, 'root-a'), [
    { name: DISK, layout: LAYOUT, infix: 'p' },
  ]);
  const device = (number: number): string => path.join(kernel.dev, `${DISK}p${number}`);
  const rootDevice = (slot: Slot): string => device(slot === 'A' ? 2 : 3);
  await makeBootPartition(device(1), {
    slots: { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } },
    slotA: {
      configuration: await readFile(path.join(image.release, 'boot.cfg')),
      sums: await readFile(path.join(image.release, 'boot.sum')),
    },
  });
  await writeFile(device(2), padded(image.root));
  await writeFile(device(3), Buffer.alloc(ROOT_BYTES));
  await makeImageFiles(at('usr'), image);
  await mkdir(at('run'));
  const bootIdFile = path.join(kernel.proc, 'sys/kernel/random/boot_id');
  const newBoot = async (): Promise<void> => {
    await mkdir(path.dirname(bootIdFile), { recursive: true });
    await writeFile(bootIdFile, `${randomUUID()}\n`);
  };
  await newBoot();
  const boot = bootFilesOn(async (isWritable) => await openPositional(device(1), { isWritable }));
  return {
    ...{ directory, rootDevice },
    ...{ socket: at('run/admin/agent.sock'), proxySocket: at('run/proxy/agent.sock') },
    places: {
      ...kernel,
      sockets: [
        { role: 'admin', socket: at('run/admin/agent.sock'), mode: 0o700 },
        { role: 'proxy', socket: at('run/proxy/agent.sock'), mode: 0o750 },
      ],
      records: [at('persist/kubeos/slots.json'), at('run/slots.json')],
      lastResult: [at('persist/kubeos/last-result.json'), at('run/last-result.json')],
      metadata: at('persist/kubeos/metadata'),
      repositories: at('usr/repositories'),
      trust: at('usr/trust.json'),
      certificates: at('usr/certificates'),
      grubImages: at('usr/boot'),
      healthPolicy: at('usr/health.json'),
      osRelease: at('usr/os-release'),
      clockEpoch: at('usr/clock-epoch'),
      fetcher: at('run/fetch.sock'),
      health: at('run/health.sock'),
      lastWords: at('run/last-words.sock'),
      configurer: at('run/configure.sock'),
      failures: at('persist/kubeos/failures.json'),
      trial: at('run/trial'),
      dataReport: at('run/data.json'),
      migrations: at('usr/migrations'),
    },
    async boot() {
      const { slot } = await boot.choose();
      await writeCommandLine(kernel, guidOf(LAYOUT, ROLES[slot]));
      await newBoot();
      return { slot, release: (await boot.files(slot)).release };
    },
    slots: async () => await boot.slots(),
    bootId: async () => (await readFile(bootIdFile, 'utf8')).trim(),
    bootFiles: async (slot) => await boot.files(slot),
    ...keeper(at, boot),
  };
}

/** Everything that changes on a node: partitions, what is on PERSIST, and which boot this is. */
function keeper(at: (name: string) => string, boot: BootFiles) {
  const parts = [`dev/${DISK}p2`, `dev/${DISK}p3`, 'persist', 'proc'];
  const kept = new Map<string, Buffer>();
  return {
    async keep() {
      kept.clear();
      for (const name of BOOT_FILES) kept.set(name, await boot.read(name));
      for (const part of parts) await copy(at(part), at(path.join('kept', part)));
    },
    async restore() {
      for (const [name, bytes] of kept) await boot.write(name, bytes);
      for (const part of parts) await copy(at(path.join('kept', part)), at(part));
    },
  };
}

const BOOT_FILES = [
  'grubenv',
  ...['A', 'B'].flatMap((slot) => [`slot-${slot}.cfg`, `slot-${slot}.sum`]),
];

async function copy(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(path.dirname(to), { recursive: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: true }).catch((error: unknown) => {
    // Before its first start a node has nothing on PERSIST.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
}

export function padded(image: Uint8Array): Buffer {
  const root = Buffer.alloc(ROOT_BYTES);
  root.set(image);
  return root;
}

/** As an image has it: how long a release may take until it was well for a second. */
export const healthPolicy = (deadlineSeconds: number): string =>
  JSON.stringify({ stableSeconds: 1, deadlineSeconds });

async function makeImageFiles(usr: string, { name, repository }: FirstImage): Promise<void> {
  const trusted = path.join(usr, 'repositories/default');
  await mkdir(trusted, { recursive: true });
  const described = { name: 'default', url: repository.url };
  await writeFile(path.join(trusted, 'repository.json'), JSON.stringify(described));
  await writeFile(path.join(trusted, 'root.json'), repository.root);
  await writeFile(path.join(usr, 'health.json'), healthPolicy(20));
  await writeFile(path.join(usr, 'os-release'), `ID=debian\nIMAGE_ID=${name}\n`);
  await writeFile(path.join(usr, 'clock-epoch'), '');
}

import { readFile } from 'node:fs/promises';
import { FIRMWARE, QEMU } from '../builder/boot/plan-qemu.ts';
import { probeAccelerator } from '../builder/boot/probe-accelerator.ts';
import { observeHost } from '../builder/host-check/check-host.ts';
import type { HostFact } from '../builder/host-check/host-fact.ts';
import {
  requirementsOf,
  STRIP,
  type RequiredFile,
  type RequiredTool,
} from '../builder/host-check/required-tools.ts';
import type { SpaceNeed } from '../builder/host-check/space-needs.ts';
import { CACHE_FOLDER } from '../host/cache-folder.ts';
import type { Commands } from '../host/commands.ts';
import { isForeign } from '../host/foreign-programs.ts';
import { isListening } from './control-plane/free-port.ts';
import { goFact } from './go/locate-go.ts';
import { IMAGE_SERVER_PORT } from './images.ts';
import { memoryFact } from './memory-fact.ts';

const TOOLS: readonly RequiredTool[] = [
  {
    ...{ tool: QEMU.amd64, deb: 'qemu-system-x86', rpm: 'qemu-system-x86-core' },
    purpose: 'machines',
  },
  { tool: 'openssl', deb: 'openssl', rpm: 'openssl', purpose: "the nodes' certificates" },
  {
    tool: 'setpriv',
    deb: 'util-linux',
    rpm: 'util-linux',
    purpose: 'ending all with this program',
  },
  STRIP,
];

const FILES: readonly RequiredFile[] = [FIRMWARE.amd64.code, FIRMWARE.amd64.variables].map(
  (file) => ({ file, deb: 'ovmf', rpm: 'edk2-ovmf', debArch: 'amd64', purpose: 'machines' }),
);

/** What fixtures/images/node/kubeos.yaml asks for; it cannot be read before what it takes from this host is there. */
const NODE_IMAGE: Parameters<typeof requirementsOf>[0] = {
  ...{ arch: 'amd64', firmware: ['uefi'], outputs: ['raw'], base: { type: 'apt' }, scripts: [] },
  root: { fileSystem: 'ext4', verity: true },
};

const GIB = 2 ** 30;

interface Host {
  readonly commands: Commands;
  readonly signal: AbortSignal;
}

/** All that the demonstration needs of this host, as builds look at what they need. */
export async function observeDemoHost(
  folder: string,
  { commands, signal }: Host,
): Promise<HostFact[]> {
  const { tools, files, programsOf } = requirementsOf(NODE_IMAGE);
  const requirements = { tools: [...tools, ...TOOLS], files: [...files, ...FILES], programsOf };
  return [
    ...machineFacts(),
    ...(await observeHost({ requirements, spaces: spacesOf(folder), commands })),
    memoryFact(await readFile('/proc/meminfo', 'utf8'), await probeAccelerator('amd64', signal)),
    await goFact(),
    await portFact(),
  ];
}

/** Kubelet is built for this host, and the nodes are as the definition has them. */
function machineFacts(): readonly HostFact[] {
  if (!isForeign('amd64')) return [];
  const remedy = 'run it on an amd64 host';
  return [{ subject: 'processor', found: process.arch, purpose: 'nodes of amd64', remedy }];
}

/** Two images and the disks of two machines; what is fetched for them, and what Go keeps of four large programs. */
function spacesOf(folder: string): readonly SpaceNeed[] {
  return [
    { directory: folder, neededBytes: 6 * GIB, choice: '--folder' },
    { directory: CACHE_FOLDER, neededBytes: 6 * GIB, choice: 'XDG_CACHE_HOME' },
  ];
}

async function portFact(): Promise<HostFact> {
  const subject = `port ${IMAGE_SERVER_PORT} of 127.0.0.1`;
  const purpose = 'the image server, whose address is in the images';
  const remedy = 'stop what listens there, such as another demonstration';
  return (await isListening(IMAGE_SERVER_PORT))
    ? { subject, purpose, found: 'taken', remedy }
    : { subject, purpose, found: 'free', remedy: null };
}

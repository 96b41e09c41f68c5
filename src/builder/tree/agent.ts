import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DISK_SHAPE_FILE, type DiskShape } from '../../disk/disk-shape.ts';
import { MKE2FS_CONFIGURATION_FILE } from '../../disk/ext4-arguments.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

export const AGENT_PATH = '/usr/bin/kubeos-agent';

/** Starts only where a configuration did not come to its end. */
const REVERT = 'kubeos-configure-revert.service';

/** The agent, compiled to one file, with its units. */
export interface AgentFiles {
  readonly program: Uint8Array;
  /** Text by file name, such as `kubeos-agent.service`. */
  readonly units: ReadonlyMap<string, string>;
  /** What mke2fs obeys when a disk is installed. */
  readonly mke2fsConfiguration: string;
}

export async function loadAgentFiles(program: string): Promise<AgentFiles> {
  const directory = path.dirname(
    fileURLToPath(import.meta.resolve('#templates/agent/kubeos-agent.service')),
  );
  const names = (await readdir(directory)).toSorted();
  const texts = await Promise.all(
    names.map(async (name) => await readFile(path.join(directory, name), 'utf8')),
  );
  return {
    program: await readFile(program),
    units: new Map(names.map((name, index) => [name, texts[index] ?? ''])),
    mke2fsConfiguration: await readFile(
      fileURLToPath(import.meta.resolve('#templates/mke2fs.conf')),
      'utf8',
    ),
  };
}

/** What starts with the node, and for whom; the daemon asks for the rest. What mends /etc runs before anything reads it. */
const ENABLED = [
  ['kubeos-agent.service', 'multi-user.target'],
  ['kubeos-data.service', 'multi-user.target'],
  [REVERT, 'sysinit.target'],
] as const;

/**
 * A pod that mounts the folder of proxies is tried ever less often while it is not there, and kubelet may be up before the
 * agent (tmpfiles.d(5)).
 */
const PROXY_FOLDER = 'd /run/kubeos/proxy 0750 root root -\n';

export function planAgent(agent: AgentFiles | null, definition: ImageDefinition): TreeEntry[] {
  if (agent === null) return [];
  const units = '/usr/lib/systemd/system';
  return [
    rootFile(AGENT_PATH, agent.program, 0o755),
    ...[...agent.units].map(([name, text]) => rootFile(`${units}/${name}`, text)),
    ...ENABLED.map(([name, by]) => rootLink(`${units}/${by}.wants/${name}`, `../${name}`)),
    rootFile('/usr/lib/tmpfiles.d/kubeos-agent.conf', PROXY_FOLDER),
    rootFile(DISK_SHAPE_FILE, `${JSON.stringify(shapeOf(definition), null, 2)}\n`),
    rootFile(MKE2FS_CONFIGURATION_FILE, agent.mke2fsConfiguration),
  ];
}

/** The disk that this release is made for: what `kubeos-agent install` makes. */
function shapeOf({ arch, firmware, partitions }: ImageDefinition): DiskShape {
  return { arch, firmware, ...partitions };
}

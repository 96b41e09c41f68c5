import type { Credentials } from '../../disk/credentials.ts';
import { KubeosError } from '../../errors.ts';
import { readCommand } from '../command-runner.ts';
import type { InstallPhase } from '../install/install-release.ts';
import {
  lookForDisks,
  pickDisk,
  planDisk,
  writeDisk,
  type InstallerHost,
  type Surroundings,
} from '../install/installer.ts';
import { loadCredentials } from '../install/load-credentials.ts';
import type { ObservedDisk } from '../install/observed-disk.ts';
import { probeWithBlkid } from '../install/read-content.ts';
import { refuseDisk } from '../install/refuse-disk.ts';
import { runTool } from '../install/run-tool.ts';
import { NODE_PLACES } from '../node-places.ts';
import type { Invocation, Said } from './command.ts';
import {
  describeCredentials,
  describeDisks,
  describeOrder,
  describePhase,
} from './describe-install.ts';

const HOST: InstallerHost = {
  places: { ...NODE_PLACES, tree: '', networkRelease: '/run/kubeos/release' },
  probe: probeWithBlkid(readCommand),
  run: runTool,
};

/** `kubeos-agent install`: root runs it, on a machine that was started from another disk or over the network. */
export async function install(invocation: Invocation): Promise<Said> {
  const [device] = invocation.positionals;
  if (process.getuid?.() !== 0) {
    throw new KubeosError('HOST_NOT_READY', 'only root can look at disks and write them', {
      hint: 'run it as root',
    });
  }
  const credentials = await credentialsOf(invocation);
  const around = await lookForDisks(HOST);
  if (device === undefined) return sayDisks(around);
  const disk = await pickDisk(around.disks, device);
  return await installTo({ disk, around, credentials }, invocation);
}

/** What is not asked for is not taken along: what runs from a stick is another node, or none. */
async function credentialsOf({ options, positionals }: Invocation): Promise<Credentials> {
  const directory = options['credentials'];
  if (typeof directory !== 'string') return new Map();
  if (positionals.length === 0) {
    throw new KubeosError('USAGE', '--credentials without a disk', {
      hint: 'kubeos-agent install lists the disks; name the one that they are for',
    });
  }
  return await loadCredentials(directory);
}

function sayDisks({ disks, leastBytes, release }: Surroundings): Said {
  const content = {
    release: released(release.slot),
    leastBytes,
    disks: disks.map((disk) => {
      const refused = refuseDisk(disk, { leastBytes, erase: true });
      const refusal = refused === null ? null : { code: refused.code, message: refused.message };
      return { ...disk, refusal, needsErase: disk.content.kind === 'data' };
    }),
  };
  return { text: describeDisks(disks, leastBytes), document: { kind: 'AgentDisks', content } };
}

interface Wish {
  readonly disk: ObservedDisk;
  readonly around: Surroundings;
  readonly credentials: Credentials;
}

async function installTo(
  { disk, around, credentials }: Wish,
  { options, stderr, signal }: Invocation,
): Promise<Said> {
  const [isDryRun, isJson] = [options['dry-run'] === true, options['json'] === true];
  const { release, leastBytes } = around;
  const refused = refuseDisk(disk, { leastBytes, erase: options['erase'] === true });
  if (refused !== null) throw refused;
  const time = new Date();
  const plan = planDisk(around, disk, { credentials, time });
  const names = [...credentials.keys()];
  const order = describeOrder(disk, release, plan.layout) + describeCredentials(names);
  if (!isDryRun) {
    if (!isJson) stderr(order);
    const report = progressLines(stderr, isJson);
    await writeDisk({ plan, release, device: disk.device, time, signal, report }, HOST);
  }
  const content = {
    ...{ device: disk.device, release: released(release.slot), isDryRun },
    erased: disk.content.kind === 'data' ? disk.content.found : [],
    layout: plan.layout,
    credentials: names,
  };
  return {
    text: isDryRun ? order : doneText(disk),
    document: { kind: 'AgentInstallation', content },
  };
}

const released = ({ release: digest, version }: Surroundings['release']['slot']) => {
  return { digest, version };
};

const doneText = ({ device }: ObservedDisk): string =>
  `${device} boots: take away what this machine was started from, and restart it\n`;

/** A line for each phase, and for each tenth of a long one; with --json as a line of JSON. */
function progressLines(stderr: (text: string) => void, isJson: boolean) {
  let said = '';
  return (phase: InstallPhase, done?: number, of?: number): void => {
    const tenth = done === undefined || of === undefined ? null : Math.floor((10 * done) / of);
    const line = isJson ? JSON.stringify({ phase, tenth }) : describePhase(phase, tenth);
    if (line !== said) stderr(`${line}\n`);
    said = line;
  };
}

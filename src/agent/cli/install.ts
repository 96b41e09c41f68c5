import { KubeosError } from '../../errors.ts';
import { NODE_PLACES } from '../run-agent.ts';
import { readCommand } from '../command-runner.ts';
import { describeDisks, describeOrder, describePhase } from './describe-install.ts';
import type { InstallPhase } from '../install/install-release.ts';
import {
  lookForDisks,
  pickDisk,
  planDisk,
  writeDisk,
  type InstallerHost,
  type Surroundings,
} from '../install/installer.ts';
import type { ObservedDisk } from '../install/observed-disk.ts';
import { probeWithBlkid } from '../install/read-content.ts';
import { refuseDisk } from '../install/refuse-disk.ts';
import { runTool } from '../install/run-tool.ts';

export interface InstallInvocation {
  /** None: the disks are listed. */
  readonly device: string | undefined;
  readonly erase: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

const HOST: InstallerHost = {
  places: { ...NODE_PLACES, tree: '', networkRelease: '/run/kubeos/release' },
  probe: probeWithBlkid(readCommand),
  run: runTool,
};

export interface InstallAnswer {
  /** For a person. */
  readonly text: string;
  /** For a program. */
  readonly kind: 'AgentDisks' | 'AgentInstallation';
  readonly document: object;
}

/** `kubeos-agent install`: root runs it, on a machine that was started from another disk or over the network. */
export async function install(invocation: InstallInvocation): Promise<InstallAnswer> {
  if (process.getuid?.() !== 0) {
    throw new KubeosError('HOST_NOT_READY', 'only root can look at disks and write them', {
      hint: 'run it as root',
    });
  }
  const around = await lookForDisks(HOST);
  const { device } = invocation;
  if (device === undefined) return answerDisks(around);
  return await installTo(await pickDisk(around.disks, device), around, invocation);
}

function answerDisks({ disks, leastBytes, release }: Surroundings): InstallAnswer {
  const document = {
    release: released(release.slot),
    leastBytes,
    disks: disks.map((disk) => {
      const refused = refuseDisk(disk, { leastBytes, erase: true });
      const refusal = refused === null ? null : { code: refused.code, message: refused.message };
      return { ...disk, refusal, needsErase: disk.content.kind === 'data' };
    }),
  };
  return { text: describeDisks(disks, leastBytes), kind: 'AgentDisks', document };
}

async function installTo(
  disk: ObservedDisk,
  around: Surroundings,
  invocation: InstallInvocation,
): Promise<InstallAnswer> {
  const { dryRun, erase, stderr, signal, json } = invocation;
  const { release, leastBytes } = around;
  const refused = refuseDisk(disk, { leastBytes, erase });
  if (refused !== null) throw refused;
  const time = new Date();
  const plan = planDisk(around, disk, time);
  const order = describeOrder(disk, release, plan.layout);
  if (!dryRun) {
    if (!json) stderr(order);
    const report = progressLines(stderr, json);
    await writeDisk({ plan, release, device: disk.device, time, signal, report }, HOST);
  }
  const document = {
    ...{ device: disk.device, release: released(release.slot), isDryRun: dryRun },
    erased: disk.content.kind === 'data' ? disk.content.found : [],
    layout: plan.layout,
  };
  return { text: dryRun ? order : doneText(disk), kind: 'AgentInstallation', document };
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

import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openGuestShell, shellArguments, type GuestShell } from '../../boot/guest-shell.ts';
import { BOOT_TIMEOUT_MS, LAYOUT } from '../../boot/testbed.ts';
import { startQemu, type QemuMachine } from '../../../src/demo/qemu/start-qemu.ts';
import { restart } from '../agent-scene.ts';
import { agentStatusSchema, type AgentStatus } from '../../../src/agent/status.ts';
import { cutPoint, type CutPoint, type Stage } from './cut-points.ts';
import { findPlaces } from './find-places.ts';
import { serveDisk, type DiskServer } from './serve-disk.ts';
import { VolatileDisk } from './volatile-cache.ts';

/** A node between two cuts. */
export interface CutRequest {
  readonly disk: string;
  /** Which of the cuts. */
  readonly index: number;
  /** Version to digest of what it may run. */
  readonly releases: Readonly<Record<string, string>>;
  /** The version that it is on the way to. */
  readonly goal: string;
}

/** One row of the table. */
export interface CutReport {
  readonly index: number;
  readonly point: string;
  /** Stage in which power was cut. */
  readonly stage: Stage;
  /** What came up after the cut before this one, healthy. */
  readonly cameUp: string;
  readonly starts: number;
  /** Upgrades that were completed on the way. */
  readonly completed: readonly string[];
  readonly goal: string;
  readonly seconds: number;
}

const CUT = Symbol('power is cut');

/**
 * Starts the node, sees it healthy on one of its releases, lets it go on with the interrupted upgrade (and then with
 * the next), and cuts power at the point. Dies with what the machine said where anything is not as promised.
 */
export async function cutPower(request: CutRequest): Promise<CutReport> {
  const began = performance.now();
  const node = new NodeUnderCuts(request, cutPoint(request.index));
  await using server = await node.serve();
  let error: unknown = null;
  while (error === null) {
    try {
      await node.live(server);
    } catch (thrown) {
      error = thrown;
    }
  }
  node.loseUnflushed();
  if (error !== CUT) throw error;
  return { ...node.report(), seconds: Math.round((performance.now() - began) / 1000) };
}

const OFF_MS = 10_000;

/** Completed upgrades after which a point counts as one that does not come, and power is cut there and then. */
const MAX_COMPLETED = 3;

/** Starts after which a node that was never seen healthy counts as lost. */
const MAX_STARTS = 6;

class NodeUnderCuts {
  readonly #request: CutRequest;
  readonly #point: CutPoint;
  readonly #disk: VolatileDisk;
  readonly #cut = Promise.withResolvers<never>();
  #stage: Stage = 'boot';
  #starts = 0;
  #startsInARow = 0;
  /** What the machine before this one said. */
  #saidBefore = '';
  #cameUp: string | null = null;
  #completed: string[] = [];
  #goal: string;
  #isMissed = false;

  constructor(request: CutRequest, point: CutPoint) {
    this.#request = request;
    this.#point = point;
    this.#goal = request.goal;
    this.#disk = new VolatileDisk(request.disk, LAYOUT.sizeBytes);
    this.#cut.promise.catch(() => undefined);
  }

  async serve(): Promise<DiskServer> {
    const placeOf = await findPlaces(this.#request.disk);
    let isOff = false;
    return await serveDisk(`${this.#request.disk}.nbd`, this.#disk, (asked) => {
      if (isOff) return { cutAfterBytes: 0 };
      const verdict = this.#point.judge(asked, placeOf(asked), this.#stage);
      if (verdict === 'pass') return verdict;
      isOff = true;
      this.#cut.reject(CUT);
      return verdict;
    });
  }

  loseUnflushed(): void {
    const { index } = this.#request;
    let count = 0;
    this.#disk.cut(this.#point.loss, () => {
      count += 1;
      return hash('sha256', `sector ${count} of cut ${index}`, 'buffer').readUInt8(0) < 128;
    });
    this.#disk[Symbol.dispose]();
  }

  report(): Omit<CutReport, 'seconds'> {
    return {
      index: this.#request.index,
      point: this.#isMissed
        ? `instead of ${this.#point.name}, which did not come`
        : this.#point.name,
      stage: this.#stage,
      cameUp: this.#cameUp ?? 'cut before it was up',
      starts: this.#starts,
      completed: this.#completed,
      goal: this.#goal,
    };
  }

  /** From power on to the machine's own end. */
  async live({ address }: DiskServer): Promise<void> {
    if (this.#startsInARow >= MAX_STARTS) throw new Error(`it is lost:\n${this.#saidBefore}`);
    this.#starts += 1;
    this.#startsInARow += 1;
    const { disk, index } = this.#request;
    await using machine = await startQemu({
      firmware: index % 5 === 4 ? 'uefi' : 'bios',
      disks: [{ file: address }],
      ...{ memoryMiB: 512, network: true },
      extraArguments: shellArguments(`${disk}.shell`),
    });
    this.#enter('boot');
    const ended = machine.exited.then(() => 'ended' as const);
    const living = this.#liveWithShell(machine).catch(async (cause: unknown) => {
      // The shell of a machine that goes off, such as at the end of a try that failed, is gone a moment before it.
      const isOff = await Promise.race([ended, sleep(OFF_MS, null)]);
      if (isOff !== null) return;
      throw new Error(`its console said:\n${machine.serial().slice(-6000)}`, { cause });
    });
    living.catch(() => undefined);
    await Promise.race([this.#cut.promise, living, ended]);
    this.#saidBefore = machine.serial();
  }

  async #liveWithShell(machine: QemuMachine): Promise<void> {
    using shell = await openGuestShell(`${this.#request.disk}.shell`, BOOT_TIMEOUT_MS);
    const status = await this.#seeHealthy(shell, machine);
    this.#startsInARow = 0;
    if (status.trial !== null) {
      this.#enter('trial');
      await untilCommitted(shell);
    }
    const { booted, slots } = await statusOf(shell);
    if (slots[booted].release?.version === this.#goal) this.#reachGoal();
    await this.#upgrade(shell);
    await restart({ shell, machine });
  }

  /** On one of its releases, by digest, with what lasts still there. */
  async #seeHealthy(shell: GuestShell, { serial }: QemuMachine): Promise<AgentStatus> {
    const status = await statusOf(shell);
    const { release, state } = status.slots[status.booted];
    const isKnown = release !== null && this.#request.releases[release.version] === release.digest;
    const { output: system } = await shell.run('systemctl is-system-running --wait');
    const { output: marker } = await shell.run('cat /persist/marker 2>&1 || ls /persist');
    const said = `slot ${status.booted} ${release?.version} ${state}, ${system}, ${marker}`;
    this.#cameUp ??= said;
    const isFirst = this.#request.index === 0;
    if (isFirst) await shell.run('echo lasts > /persist/marker; sync');
    const isHealthy = isKnown && system === 'running' && (isFirst || marker === 'lasts');
    if (!isHealthy) throw new Error(`not healthy: ${said}\n${serial().slice(-3000)}`);
    return status;
  }

  async #upgrade(shell: GuestShell): Promise<void> {
    this.#enter('prepare');
    await asked(shell, `prepare ${this.#goal} --allow-older --allow-failed`);
    this.#enter('switch');
    await asked(shell, 'activate');
  }

  #reachGoal(): void {
    this.#completed = [...this.#completed, this.#goal];
    const versions = Object.keys(this.#request.releases);
    // Of three in turn none is in the standby slot already: each upgrade writes all of it.
    this.#goal = versions[(versions.indexOf(this.#goal) + 1) % versions.length] ?? this.#goal;
    if (this.#completed.length < MAX_COMPLETED) return;
    this.#isMissed = true;
    this.#cut.reject(CUT);
  }

  #enter(stage: Stage): void {
    this.#stage = stage;
    const { after } = this.#point;
    if (after?.stage !== stage) return;
    setTimeout(() => this.#cut.reject(CUT), after.ms).unref();
  }
}

async function statusOf(shell: GuestShell): Promise<AgentStatus> {
  const until = 'until kubeos-agent status --json 2>/dev/null; do sleep 1; done';
  return agentStatusSchema.parse(JSON.parse((await shell.run(until)).output));
}

async function untilCommitted(shell: GuestShell): Promise<void> {
  const endMs = performance.now() + BOOT_TIMEOUT_MS;
  while ((await statusOf(shell)).trial !== null) {
    if (performance.now() > endMs) throw new Error('its trial does not end');
    await sleep(300);
  }
}

async function asked(shell: GuestShell, command: string): Promise<void> {
  const { exitCode, output } = await shell.run(`kubeos-agent ${command}`);
  if (exitCode !== 0) throw new Error(`kubeos-agent ${command}: ${exitCode}: ${output}`);
}

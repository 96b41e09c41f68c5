import { statusOf, type AgentStatus } from '../../src/agent/status.ts';
import type { RecordedRelease } from '../../src/disk/slot-records.ts';
import { KubeosError } from '../../src/errors.ts';
import type { AgentCall } from '../../src/rollout/proxy/agent-call.ts';
import type { Begun } from '../../src/rollout/proxy/course.ts';
import { ModelSlots, NOW, refused } from './model-slots.ts';

/** What goes wrong with the release here. */
export type Fault =
  | ('none' | 'no-network' | 'refused' | 'unhealthy' | 'not-loaded')
  /** Nothing: the agent that runs is of before commits could be held. */
  | 'older-agent';

export const releaseOf = (version: string, digit: string): RecordedRelease => ({
  ...{ digest: `sha256:${digit.repeat(64)}`, version, epoch: 1, securityFloor: 0 },
  image: { size: 1, sha256: digit.repeat(64) },
});

const GATE_TICKS = 2;
const HOLD_TICKS = 100;
const PREPARE_TICKS = 3;
const REBOOT_TICKS = 2;

interface Restart {
  readonly boot: number;
  readonly by: 'proxy' | 'agent' | 'power';
}

/** A node and its agent, a tick at a time. What is missing is bytes, time and sockets, which other tests have. */
export class ModelNode {
  readonly fault: Fault;
  readonly restarts: Restart[] = [];
  /** Digests, and who committed them. */
  readonly commits: string[] = [];
  readonly #releases: readonly RecordedRelease[];
  readonly #slots: ModelSlots;
  readonly #answers = new Map<string, Begun | null>();
  #operation: { readonly id: number; readonly release: RecordedRelease; left: number } | null =
    null;
  #last: AgentStatus['last'] = null;
  #lastId = 0;
  #goodTicks = 0;
  #downTicks = 0;

  constructor(
    releases: readonly [RecordedRelease, ...RecordedRelease[]],
    standby: RecordedRelease | null,
    fault: Fault,
  ) {
    this.fault = fault;
    this.#releases = releases;
    this.#slots = new ModelSlots(releases[0], standby);
  }

  get isUp(): boolean {
    return this.#downTicks === 0;
  }

  get bootId(): string {
    return this.#slots.bootId;
  }

  status(): AgentStatus {
    const { booted, bootId, state, running } = this.#slots;
    const operation = this.#operation;
    const commitsAt = this.#isHealthy ? 'later' : null;
    return statusOf({
      ...{ agentVersion: '0.1.0', booted, bootId, state, ...REST },
      operation: operation === null ? null : { ...begun(operation), ...WRITING },
      ...{ last: this.#last, data: null, droppedArguments: [], lastWords: new Map() },
      trial: running.state === 'trial' ? { failing: [], commitsAt } : null,
    });
  }

  /** @returns the operation that was begun */
  ask({ step, key, body }: AgentCall): Begun | null {
    const before = this.#answers.get(key);
    if (before !== undefined) return before;
    if (this.#operation !== null && step !== 'cancel') throw refused('prepare is under way');
    const asked = body ?? {};
    if (this.fault === 'older-agent' && 'holdCommitSeconds' in asked) throw unknownField();
    const digest = 'release' in asked ? String(asked.release) : '';
    const operation = this.#calls[step](digest);
    this.#answers.set(key, operation);
    return operation;
  }

  tick(): void {
    if (this.#downTicks > 0) {
      this.#downTicks -= 1;
      if (this.#downTicks === 0) this.#comeUp();
      return;
    }
    this.#work();
    this.#judge();
  }

  killAgent(): void {
    this.#operation = null;
    this.#answers.clear();
    this.#goodTicks = 0;
    this.#slots.settle();
  }

  goDown(by: Restart['by']): void {
    if (!this.isUp) return;
    this.restarts.push({ boot: this.#slots.boot, by });
    this.#downTicks = REBOOT_TICKS;
  }

  get #isHealthy(): boolean {
    return this.#goodTicks >= GATE_TICKS;
  }

  readonly #calls: Readonly<Record<AgentCall['step'], (digest: string) => Begun | null>> = {
    prepare: (digest) => this.#prepare(digest),
    activate: done((digest) => this.#slots.activate(digest)),
    rollback: done(() => this.#slots.rollBack()),
    reboot: done(() => {
      if (this.status().next.slot === this.#slots.booted) throw refused('no other slot is next');
      this.goDown('proxy');
    }),
    commit: done(() => {
      if (this.status().trial !== null && !this.#isHealthy) throw refused('not healthy yet');
      this.#commit('proxy');
    }),
    configure: done(() => undefined),
    cancel: done(() => this.#end('CANCELLED')),
  };

  #prepare(digest: string): Begun {
    const release = this.#releases.find((one) => one.digest === digest);
    if (release === undefined) throw refused('no such release');
    const { state, release: has } = this.#slots.standby;
    const isThere = has?.digest === digest && state !== 'writing';
    if (!isThere) this.#slots.beginWriting(release);
    this.#lastId += 1;
    this.#operation = { id: this.#lastId, release, left: isThere ? 0 : PREPARE_TICKS };
    return begun(this.#operation);
  }

  #work(): void {
    if (this.#operation === null) return;
    this.#operation.left -= 1;
    if (this.#operation.left > 0) return;
    if (this.fault === 'refused') return this.#end('REFUSED');
    if (this.fault === 'no-network' && this.#lastId < 5) return this.#end('NETWORK');
    if (this.#slots.standby.state === 'writing') this.#slots.finishWriting(this.#operation.release);
    this.#end(null);
  }

  #end(code: string | null): void {
    if (this.#operation === null) return;
    const error = code === null ? null : { code, message: code.toLowerCase(), hint: null };
    const outcome = code === null ? 'done' : 'failed';
    this.#last = {
      ...{ ...begun(this.#operation), until: NOW.toISOString(), outcome, error },
      ...{ phases: [], transfer: null },
    };
    this.#operation = null;
  }

  /** The health gate; what nobody commits is committed by itself after a while. */
  #judge(): void {
    if (this.#slots.running.state !== 'trial') return;
    if (this.fault === 'unhealthy') {
      this.#slots.refuse();
      return this.goDown('agent');
    }
    this.#goodTicks += 1;
    if (this.#goodTicks > HOLD_TICKS) this.#commit('agent');
  }

  #commit(by: string): void {
    this.commits.push(`${this.#slots.running.release?.digest} by ${by}`);
    this.#slots.commit();
  }

  #comeUp(): void {
    this.#slots.comeUp((slot) => this.fault !== 'not-loaded' || slot === 'A');
    this.killAgent();
  }
}

const WRITING = { phase: 'writing', progress: null, bytesTransferred: 0, etaSeconds: null };
const NO_GRUB = { booted: null, first: null, second: null, release: null, message: '' };
const REST = {
  watchdog: { kind: 'none', name: null, isArmed: false },
  grub: { ...NO_GRUB, state: 'not-brought' },
} as const;

const begun = ({ id, release }: { readonly id: number; readonly release: RecordedRelease }) => ({
  ...({ id, kind: 'prepare' } as const),
  ...{ release: release.digest, since: NOW.toISOString() },
});

const unknownField = (): KubeosError => new KubeosError('USAGE', 'Unrecognized key');

/** What is done at once has no number. */
const done = (act: (digest: string) => void) => (digest: string) => {
  act(digest);
  return null;
};

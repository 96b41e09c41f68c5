import { describeProgress } from '../../rollout/client/describe-rollout.ts';
import { readVerdict } from '../../rollout/client/read-verdict.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import type { RolloutProgress } from '../../rollout/progress/observe-progress.ts';
import { firstOf, formatElapsed, plainLine } from './plain-text.ts';
import { leftWords, underWayWords } from './progress-text.ts';
import type { RolloutDisplay } from './rollout-display.ts';

/** CI ends a job that says nothing. */
const HEARTBEAT_MS = 60_000;
/** In a large cluster nodes are done every second: their numbers may wait, another reason may not. */
const SAME_REASON_MS = 5000;
const MOST_NODES = 8;

interface Writer {
  write(text: string): unknown;
}

/** Lines for a log: each change, each node that failed, and a heartbeat a minute. */
export function lineDisplay(stderr: Writer, now: () => number): RolloutDisplay {
  const log = new ProgressLog(stderr, now);
  return {
    tell: (os) => log.tell(os),
    draw: (progress) => log.draw(progress),
    trouble: (why) => log.line(why),
    log: (line) => log.line(line),
    [Symbol.asyncDispose]: async () => log.flush(),
  };
}

class ProgressLog {
  readonly #stderr: Writer;
  readonly #now: () => number;
  readonly #failed = new Set<string>();
  #reason = '';
  #told = '';
  /** Not told yet. */
  #next: string | null = null;
  #toldMs = 0;
  #lastMs: number;

  constructor(stderr: Writer, now: () => number) {
    this.#stderr = stderr;
    this.#now = now;
    this.#lastMs = now();
  }

  line(text: string): void {
    const nowMs = this.#now();
    this.#lastMs = nowMs;
    const time = new Date(nowMs).toISOString().slice(11, 19);
    this.#stderr.write(`${time} ${plainLine(text)}\n`);
  }

  tell(os: OsObject): void {
    const { reason } = readVerdict(os);
    this.#next = describeProgress(os);
    if (reason !== this.#reason) this.flush();
    this.#reason = reason;
  }

  draw(progress: RolloutProgress): void {
    const nowMs = this.#now();
    if (nowMs - this.#toldMs >= SAME_REASON_MS) this.flush();
    this.#tellFailed(progress);
    if (nowMs - this.#lastMs >= HEARTBEAT_MS) this.line(heartbeat(progress, nowMs));
  }

  flush(): void {
    const line = this.#next;
    this.#next = null;
    if (line === null || line === this.#told) return;
    this.#told = line;
    this.#toldMs = this.#now();
    this.line(line);
  }

  #tellFailed({ os, nodes }: RolloutProgress): void {
    for (const { name, result, doing, message } of nodes ?? []) {
      if (result !== 'failed') this.#failed.delete(name);
      else if (!this.#failed.has(name)) {
        this.#failed.add(name);
        this.line(`${os.metadata.name}: ${name} ${doing}${message === '' ? '' : `: ${message}`}`);
      }
    }
  }
}

/** That it goes on, and what is under way. */
export function heartbeat({ os, nodes, left }: RolloutProgress, nowMs: number): string {
  const { reason } = readVerdict(os);
  const moving = (nodes ?? []).filter(({ result }) => result === 'under-way');
  const words = moving.map((node) => underWayWords(node, nowMs));
  const started = os.status.rollout?.startedAt;
  return [
    `${os.metadata.name}: still ${reason}`,
    ...(words.length === 0 ? [] : [firstOf(words, MOST_NODES)]),
    ...(started === undefined ? [] : [`begun ${formatElapsed(nowMs - Date.parse(started))} ago`]),
    ...leftWords(left),
  ].join('; ');
}

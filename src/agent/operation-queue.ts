import { z } from 'zod';
import { KubeosError } from '../errors.ts';

const begun = {
  id: z.int(),
  kind: z.enum(['prepare', 'activate', 'commit', 'rollback', 'cancel-activation', 'refuse-trial']),
  /** Release digest or name, where there is one. */
  release: z.string().nullable(),
  since: z.string(),
};

/** What goes on, as status shows it. */
export const operationSchema = z.object({
  ...begun,
  phase: z.string(),
  progress: z.object({ blocks: z.int(), blocksDone: z.int() }).nullable(),
  bytesTransferred: z.int(),
});

/** How the last one ended. */
export const operationResultSchema = z.object({
  ...begun,
  until: z.string(),
  outcome: z.enum(['done', 'failed', 'cancelled']),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable(),
});

export type Operation = Readonly<z.infer<typeof operationSchema>>;
export type OperationResult = Readonly<z.infer<typeof operationResultSchema>>;
export type OperationKind = Operation['kind'];

export type Report = (
  change: Partial<Pick<Operation, 'phase' | 'progress' | 'bytesTransferred'>>,
) => void;
export interface Started<T> {
  readonly operation: Operation;
  readonly done: Promise<T>;
}

export type Work<T> = (signal: AbortSignal, report: Report) => Promise<T>;

/** One operation at a time; a second is told the first one's name. */
export class OperationBusy extends KubeosError {
  readonly operation: Operation;

  constructor(operation: Operation) {
    super('REFUSED', `${operation.kind} is under way since ${operation.since}`, {
      hint: 'wait for its end, or cancel it',
    });
    this.name = 'OperationBusy';
    this.operation = operation;
  }
}

export class OperationQueue {
  readonly #now: () => Date;
  #operation: Operation | null = null;
  #abort: AbortController | null = null;
  #last: OperationResult | null = null;
  #done: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  get current(): Operation | null {
    return this.#operation;
  }

  get last(): OperationResult | null {
    return this.#last;
  }

  /** @throws OperationBusy while another one runs */
  start<T>(kind: OperationKind, release: string | null, work: Work<T>): Started<T> {
    if (this.#operation !== null) throw new OperationBusy(this.#operation);
    this.#count += 1;
    const since = this.#now().toISOString();
    const named = { id: this.#count, kind, release, since };
    const operation = { ...named, phase: 'starting', progress: null, bytesTransferred: 0 };
    this.#abort = new AbortController();
    this.#operation = operation;
    const report: Report = (change) => {
      this.#operation = { ...operation, ...this.#operation, ...change };
    };
    const done = this.#untilEnd(work(this.#abort.signal, report));
    this.#done = done.catch(() => undefined); // status tells it to those who do not wait
    return { operation, done };
  }

  /** @returns whether there was one */
  cancel(): boolean {
    this.#abort?.abort(new KubeosError('CANCELLED', 'the operation was cancelled'));
    return this.#operation !== null;
  }

  /** Waits for the end of what is under way, however it ends. */
  async idle(): Promise<void> {
    await this.#done;
  }

  async #untilEnd<T>(work: Promise<T>): Promise<T> {
    try {
      const value = await work;
      this.#end(null);
      return value;
    } catch (error) {
      this.#end(error);
      throw error;
    }
  }

  #end(error: unknown): void {
    if (this.#operation === null) return;
    const { id, kind, release, since } = this.#operation;
    const until = this.#now().toISOString();
    this.#last = { id, kind, release, since, until, ...outcomeOf(error) };
    this.#abort = null;
    this.#operation = null;
  }
}

function outcomeOf(error: unknown): Pick<OperationResult, 'outcome' | 'error'> {
  if (error === null) return { outcome: 'done', error: null };
  if (!(error instanceof KubeosError)) {
    const message =
      error instanceof Error ? error.message : 'something that is no error was thrown';
    return { outcome: 'failed', error: { code: 'INTERNAL', message, hint: null } };
  }
  const { code, message, hint = null } = error;
  const outcome = code === 'CANCELLED' ? 'cancelled' : 'failed';
  return { outcome, error: { code, message, hint } };
}

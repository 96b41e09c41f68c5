import { KubeosError } from '../../errors.ts';
import { advance, beginCourse, endCourse, type Course } from './operation-course.ts';
import type { Operation, OperationKind, OperationResult, Reported } from './operation.ts';

export type Report = (said: Reported) => void;

export interface Started<T> {
  readonly operation: Operation;
  readonly done: Promise<T>;
}

export type Work<T> = (signal: AbortSignal, report: Report) => Promise<T>;

/** Who is told of operations; it may not throw. */
export interface OperationListener {
  /** It began, or said something new of itself. */
  readonly onChange: (operation: Operation) => void;
  readonly onEnd: (result: OperationResult) => void;
}

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

interface Running {
  readonly abort: AbortController;
  course: Course;
}

export class OperationQueue {
  readonly #listener: OperationListener;
  #running: Running | null = null;
  #done: Promise<unknown> = Promise.resolve();
  #count: number;

  /** @param last id of the last operation before this start: no other one gets it */
  constructor(listener: OperationListener, last = 0) {
    this.#listener = listener;
    this.#count = last;
  }

  get current(): Operation | null {
    return this.#running?.course.operation ?? null;
  }

  /** @throws OperationBusy while another one runs */
  start<T>(kind: OperationKind, release: string | null, work: Work<T>): Started<T> {
    if (this.current !== null) throw new OperationBusy(this.current);
    this.#count += 1;
    const begun = { id: this.#count, kind, release, since: new Date().toISOString() };
    const course = beginCourse(begun, performance.now());
    const running = { abort: new AbortController(), course };
    this.#running = running;
    this.#listener.onChange(course.operation);
    const report: Report = (said) => this.#advance(running, said);
    const done = this.#untilEnd(running, work(running.abort.signal, report));
    this.#done = done.catch(() => undefined); // status tells it to those who do not wait
    return { operation: course.operation, done };
  }

  /** @returns whether there was one */
  cancel(): boolean {
    this.#running?.abort.abort(new KubeosError('CANCELLED', 'the operation was cancelled'));
    return this.#running !== null;
  }

  /** Waits for the end of what is under way, however it ends. */
  async idle(): Promise<void> {
    await this.#done;
  }

  #advance(running: Running, said: Reported): void {
    running.course = advance(running.course, said, performance.now());
    this.#listener.onChange(running.course.operation);
  }

  async #untilEnd<T>(running: Running, work: Promise<T>): Promise<T> {
    try {
      const value = await work;
      this.#end(running, null);
      return value;
    } catch (error) {
      this.#end(running, error);
      throw error;
    }
  }

  #end({ course }: Running, error: unknown): void {
    const at = { nowMs: performance.now(), until: new Date().toISOString() };
    this.#running = null;
    this.#listener.onEnd(endCourse(course, error, at));
  }
}

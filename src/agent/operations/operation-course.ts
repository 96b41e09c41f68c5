import { isErrorCode, KubeosError } from '../../errors.ts';
import type { Operation, OperationResult, Reported, Transfer } from './operation.ts';

/** An operation with what is needed to say how long it will take, and how long it took. Times in milliseconds. */
export interface Course {
  readonly operation: Operation;
  readonly phases: readonly { readonly phase: string; readonly begunMs: number }[];
  /** Where progress was first heard of in this phase. */
  readonly mark: { readonly atMs: number; readonly blocksDone: number } | null;
  readonly transfer: Transfer | null;
}

export type Begun = Pick<Operation, 'id' | 'kind' | 'release' | 'since'>;

const FIRST_PHASE = 'starting';

export function beginCourse(begun: Begun, nowMs: number): Course {
  return {
    operation: {
      ...begun,
      ...{ phase: FIRST_PHASE, progress: null, bytesTransferred: 0, etaSeconds: null },
    },
    phases: [{ phase: FIRST_PHASE, begunMs: nowMs }],
    mark: null,
    transfer: null,
  };
}

export function advance(course: Course, said: Reported, nowMs: number): Course {
  const { transfer = course.transfer, ...change } = said;
  const operation = { ...course.operation, ...change };
  const isNewPhase = operation.phase !== course.operation.phase;
  const { progress } = operation;
  const before = isNewPhase ? null : course.mark;
  const mark =
    before ?? (progress === null ? null : { atMs: nowMs, blocksDone: progress.blocksDone });
  const phases = isNewPhase
    ? [...course.phases, { phase: operation.phase, begunMs: nowMs }]
    : course.phases;
  return {
    ...{ phases, mark, transfer },
    operation: { ...operation, etaSeconds: etaSeconds({ mark, progress }, nowMs) },
  };
}

/** The first moments say nothing of the speed. */
const LEAST_MS = 2000;

function etaSeconds(
  { mark, progress }: { mark: Course['mark']; progress: Operation['progress'] },
  nowMs: number,
): number | null {
  if (mark === null || progress === null || nowMs - mark.atMs < LEAST_MS) return null;
  const made = progress.blocksDone - mark.blocksDone;
  if (made <= 0) return null;
  const left = progress.blocks - progress.blocksDone;
  return Math.ceil((left * (nowMs - mark.atMs)) / made / 1000);
}

/** `error`: what was thrown; null for what is done. */
export function endCourse(
  course: Course,
  error: unknown,
  at: { readonly nowMs: number; readonly until: string },
): OperationResult {
  const { id, kind, release, since } = course.operation;
  const phases = course.phases.map(({ phase, begunMs }, index) => {
    const endMs = course.phases[index + 1]?.begunMs ?? at.nowMs;
    return { phase, seconds: Math.round(endMs - begunMs) / 1000 };
  });
  const named = { id, kind, release, since, until: at.until };
  return { ...named, phases, transfer: course.transfer, ...outcomeOf(error) };
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

/** The error that ended an operation, for who waited for it elsewhere. @throws KubeosError what failed */
export function assertSucceeded({ error }: Pick<OperationResult, 'error'>): void {
  if (error === null) return;
  const { code, message, hint } = error;
  throw new KubeosError(isErrorCode(code) ? code : 'INTERNAL', message, {
    ...(hint !== null && { hint }),
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterDamage,
  afterFailure,
  afterProgress,
  BACKOFF,
  isFinal,
  isMissing,
  nextMirror,
  type Backoff,
  type Mirror,
} from './mirror-order.ts';
import { shownPath } from './shown-url.ts';
import {
  SourceError,
  type RangeRequest,
  type SmallFileRequest,
  type Source,
  type SourceFailure,
} from './source.ts';

/** So much has to come until a mirror counts as working again: one that sends a byte and breaks off wins no time. */
const PROGRESS_BYTES = 2 ** 16;

/**
 * One source made of several that hold the same, or of one that is asked again. It stays with what works; what fails
 * goes to the end of the list, and the next one continues at the byte that was reached.
 */
export function mirrors(sources: readonly Source[], backoff: Backoff = BACKOFF): Source {
  const set: MirrorSet = {
    order: sources.map((source) => ({ source, failures: 0, readyAt: 0 })),
    last: null,
    backoff,
  };
  return {
    address: sources.map(({ address }) => address).join(', '),
    mirrors: sources.length,
    read: (path, request) => readRange(set, path, request),
    readSmall: async (path, request) => await readSmall(set, path, request),
    distrust() {
      if (set.last !== null) set.order = afterDamage(set.order, set.last);
      set.last?.distrust();
    },
    close() {
      for (const source of sources) source.close();
    },
  };
}

interface MirrorSet {
  /** Best first. */
  order: readonly Mirror[];
  /** What brought the last bytes. */
  last: Source | null;
  readonly backoff: Backoff;
}

async function* readRange(
  set: MirrorSet,
  path: string,
  request: RangeRequest,
): AsyncGenerator<Buffer> {
  const attempts = attemptsAt(set, path, request.signal);
  let position = request.start;
  while (position < request.end) {
    const source = await attempts.next();
    try {
      for await (const chunk of source.read(path, { ...request, start: position })) {
        position += chunk.length;
        attempts.brought(source, chunk.length);
        yield chunk;
      }
      attempts.brought(source, PROGRESS_BYTES);
    } catch (error) {
      attempts.failed(source, error);
    }
  }
}

async function readSmall(
  set: MirrorSet,
  path: string,
  request: SmallFileRequest,
): Promise<Buffer | null> {
  const { signal, mayBeMissing = false } = request;
  const attempts = attemptsAt(set, path, signal);
  for (;;) {
    const source = await attempts.next();
    try {
      const bytes = await source.readSmall(path, request);
      if (bytes !== null) {
        attempts.brought(source, PROGRESS_BYTES);
        return bytes;
      }
      // Perhaps only this mirror lacks it (yet): the others are asked.
      attempts.failed(source, lacks(source, path));
    } catch (error) {
      attempts.failed(source, error);
    }
    if (attempts.isMissing(mayBeMissing)) return null;
  }
}

interface Attempts {
  /** What to ask next, after the wait that is due. @throws SourceError when it is given up */
  next(): Promise<Source>;
  brought(source: Source, bytes: number): void;
  /** @throws the error, where no other try could help */
  failed(source: Source, error: unknown): void;
  /** Whether the file is taken for missing. */
  isMissing(isOneEnough: boolean): boolean;
}

/** All tries at one file. */
function attemptsAt(set: MirrorSet, path: string, signal: AbortSignal): Attempts {
  const excluded = new Set<Source>();
  const failures = new Map<Source, SourceFailure>();
  let errors: SourceError[] = [];
  let progress = 0;
  const fail = (source: Source, error: SourceError): void => {
    errors.push(error);
    failures.set(source, error.failure);
    if (isFinal(error.failure)) excluded.add(source);
    set.order = orderAfter(set, source, error);
  };
  return {
    async next() {
      const found = nextMirror(set.order, excluded, performance.now());
      if (found === null || errors.length >= set.backoff.tries) throw gaveUp(path, errors);
      // Its own AbortError says nothing: the signal's reason does.
      if (found.waitMs > 0) await sleep(found.waitMs, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      return found.mirror.source;
    },
    brought(source, bytes) {
      set.last = source;
      progress += bytes;
      if (progress < PROGRESS_BYTES) return;
      progress = 0;
      if (errors.length === 0) return;
      errors = [];
      set.order = afterProgress(set.order, source);
    },
    failed(source, error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof SourceError)) throw error;
      fail(source, error);
    },
    isMissing: (isOneEnough) =>
      isMissing(
        set.order.map(({ source }) => failures.get(source)),
        isOneEnough,
      ),
  };
}

function lacks({ address }: Source, path: string): SourceError {
  return new SourceError('missing', `${address} lacks ${shownPath(path)}`);
}

function orderAfter(set: MirrorSet, source: Source, error: SourceError): readonly Mirror[] {
  // What this mirror will not give says nothing about the next file: it need not be left alone.
  if (isFinal(error.failure)) return afterDamage(set.order, source);
  const { retryAfterMs } = error;
  const { order, backoff } = set;
  const now = performance.now();
  return afterFailure(order, { source, retryAfterMs, backoff, now, random: Math.random() });
}

/** The error that says most about what to do next, of all that were met. */
function gaveUp(path: string, errors: readonly SourceError[]): SourceError {
  const byWeight = ['rangeIgnored', 'refused', 'busy', 'broken', 'missing'] as const;
  const weightiest = errors.toSorted(
    (a, b) => byWeight.indexOf(a.failure) - byWeight.indexOf(b.failure),
  )[0];
  const all = [...new Set(errors.map(({ message }) => message))];
  return new SourceError(
    weightiest?.failure ?? 'broken',
    `${shownPath(path)} could not be read: ${all.join('; ')}`,
    { cause: errors.at(-1), hint: weightiest?.hint ?? 'look at the image server and the network' },
  );
}

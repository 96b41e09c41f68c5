import { KubeosError } from '../../errors.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpAnswer } from './send-request.ts';
import { SourceError } from './source.ts';

export interface BodyRequest {
  readonly url: URL;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
  /** Told how many bytes came since the last time, heads and framing included. */
  readonly add: (received: number) => void;
  /** May end it, after a chunk, by an error of its own. */
  readonly check: () => void;
}

/**
 * The chunks of a body. Only time spent waiting for the server counts against its limits: how fast the reader works,
 * or is allowed to, is not the server's fault.
 *
 * @throws SourceError `broken` when it stalls, drips or ends early
 */
export async function* readBody(answer: HttpAnswer, request: BodyRequest): AsyncGenerator<Buffer> {
  const { response } = answer;
  const { limits, signal } = request;
  const watch = watchPace(limits, (why) => response.destroy(new SourceError('broken', why)));
  let counted = 0;
  const count = (): void => {
    const sum = answer.received();
    request.add(sum - counted);
    counted = sum;
  };
  const chunks = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      watch.wait();
      const next: IteratorResult<unknown> = await chunks.next();
      const chunk = Buffer.isBuffer(next.value) ? next.value : null;
      watch.got(chunk?.length ?? 0);
      count();
      request.check();
      if (next.done === true) return;
      if (chunk !== null) yield chunk;
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw named(request.url, cause);
  } finally {
    watch.stop();
    count();
    response.destroy();
  }
}

interface Pace {
  wait(): void;
  got(bytes: number): void;
  stop(): void;
}

function watchPace(limits: HttpLimits, fail: (why: string) => void): Pace {
  const { idleMs, minBytesPerSecond, dripWindowMs } = limits;
  let waitingSince = Number.POSITIVE_INFINITY;
  let window = { waitedMs: 0, bytes: 0 };
  const check = (): void => {
    if (performance.now() - waitingSince >= idleMs) fail(`sent nothing for ${idleMs / 1000} s`);
  };
  const timer = setInterval(check, Math.max(20, idleMs / 4));
  return {
    wait() {
      waitingSince = performance.now();
    },
    got(bytes) {
      window.waitedMs += performance.now() - waitingSince;
      window.bytes += bytes;
      waitingSince = Number.POSITIVE_INFINITY;
      if (window.waitedMs < dripWindowMs) return;
      if ((window.bytes * 1000) / window.waitedMs < minBytesPerSecond) {
        fail(`sent only ${window.bytes} bytes in ${Math.round(window.waitedMs / 1000)} s`);
      }
      window = { waitedMs: 0, bytes: 0 };
    },
    stop() {
      clearInterval(timer);
    },
  };
}

function named(url: URL, cause: unknown): unknown {
  if (cause instanceof SourceError) {
    return new SourceError(cause.failure, `${url.href} ${cause.message}`, { cause });
  }
  if (cause instanceof KubeosError) return cause;
  // node:http: the connection ended, or broke HTTP, in the middle of a body.
  if (!(cause instanceof Error && 'code' in cause)) return cause;
  return new SourceError('broken', `${url.href} stopped in the middle: ${cause.message}`, {
    cause,
  });
}

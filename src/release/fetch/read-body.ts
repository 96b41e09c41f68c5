import { KubeosError } from '../../errors.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpAnswer } from './send-request.ts';
import { shownUrl } from './shown-url.ts';
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

/** What is read ahead of the reader (a stream's buffer, a socket's), and a head. */
const READ_AHEAD_BYTES = 2 ** 18;
/** Of the body that came: framing (RFC 9112, 7.1) takes far less, unless it is there to waste memory and time. */
const MAX_FRAMING_SHARE = 1 / 8;

const NOTHING = Buffer.alloc(0);

/**
 * The chunks of a body. Only time spent waiting for the server counts against its limits: how fast the reader works,
 * or is allowed to, is not the server's fault.
 *
 * @throws SourceError `broken` when it stalls, drips, ends early, or comes in tiny chunks
 */
export async function* readBody(answer: HttpAnswer, request: BodyRequest): AsyncGenerator<Buffer> {
  const { response } = answer;
  const { limits, signal } = request;
  const watch = watchPace(limits, (why) => response.destroy(new SourceError('broken', why)));
  const meter = meterOf(answer, request.add);
  const chunks = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      watch.wait();
      const next: IteratorResult<unknown> = await chunks.next();
      const chunk = Buffer.isBuffer(next.value) ? next.value : NOTHING;
      watch.got(chunk.length);
      meter.got(chunk.length);
      request.check();
      if (next.done === true) return;
      if (chunk.length > 0) yield chunk;
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw named(request.url, cause);
  } finally {
    watch.stop();
    meter.count();
    response.destroy();
  }
}

interface Meter {
  /** Tells what came since the last time. */
  count(): void;
  /** The same, with so many bytes of the body. @throws SourceError where nearly all of it is framing */
  got(bodyBytes: number): void;
}

function meterOf(answer: HttpAnswer, add: BodyRequest['add']): Meter {
  let counted = 0;
  let body = 0;
  const count = (): void => {
    const sum = answer.received();
    add(sum - counted);
    counted = sum;
  };
  return {
    count,
    got(bodyBytes) {
      body += bodyBytes;
      count();
      if (counted - body <= READ_AHEAD_BYTES + body * MAX_FRAMING_SHARE) return;
      throw new SourceError('broken', 'sends too little in each of its chunks');
    },
  };
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
    return new SourceError(cause.failure, `${shownUrl(url)} ${cause.message}`, { cause });
  }
  if (cause instanceof KubeosError) return cause;
  // node:http: the connection ended, or broke HTTP, in the middle of a body.
  if (!(cause instanceof Error && 'code' in cause)) return cause;
  return new SourceError('broken', `${shownUrl(url)} stopped in the middle: ${cause.message}`, {
    cause,
  });
}

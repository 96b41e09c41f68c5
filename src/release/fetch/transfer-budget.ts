import { KubeosError } from '../../errors.ts';

/** What one request may cost beside the body it asks for: the head of the answer, and one read of the socket too much. */
export const REQUEST_RESERVE_BYTES = 72 * 1024;

/** One read of a socket brings no more (libuv's buffer). */
const SOCKET_READ_BYTES = 64 * 1024;

/** Counts what comes in, over all sources of one fetch, and stops before `maxTransferBytes` are exceeded. */
export interface TransferBudget {
  readonly maxBytes: number;
  /** Bytes received, heads of answers included. */
  bytes(): number;
  requests(): number;
  remaining(): number;
  /** @throws KubeosError NETWORK when a body of that length would not fit in any more */
  cover(bodyBytes: number): void;
  /** Before a request that should bring this many bytes. @throws KubeosError NETWORK */
  expect(bodyBytes: number): void;
  /** Bytes came. */
  add(received: number): void;
  /** While `stillExpected` more of the same answer follow. @throws KubeosError NETWORK */
  check(stillExpected: number): void;
}

export function transferBudget(maxBytes: number = Number.POSITIVE_INFINITY): TransferBudget {
  let bytes = 0;
  let requests = 0;
  const remaining = (): number => maxBytes - bytes;
  const cover = (bodyBytes: number): void => {
    if (remaining() < bodyBytes + REQUEST_RESERVE_BYTES) throw spent(bodyBytes, bytes, maxBytes);
  };
  return {
    maxBytes,
    bytes: () => bytes,
    requests: () => requests,
    remaining,
    cover,
    expect(bodyBytes) {
      cover(bodyBytes);
      requests += 1;
    },
    add(received) {
      bytes += received;
    },
    check(stillExpected) {
      // Stops one read early: what the next one brings cannot be refused any more.
      if (remaining() < Math.min(stillExpected, SOCKET_READ_BYTES)) {
        throw spent(stillExpected, bytes, maxBytes);
      }
    },
  };
}

function spent(wanted: number, bytes: number, maxBytes: number): KubeosError {
  return new KubeosError(
    'NETWORK',
    `${wanted} more bytes are needed, but of the budget of ${maxBytes} bytes ${bytes} are spent`,
    { hint: 'run it again with a higher budget: what is already right is kept' },
  );
}

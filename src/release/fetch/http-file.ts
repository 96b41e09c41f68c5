import { findFile } from './find-file.ts';
import { httpAgents, type ProxyVariables, type TlsFiles } from './http-agents.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { httpSource } from './http-source.ts';
import { BACKOFF, type Backoff } from './mirror-order.ts';
import { mirrors } from './mirrors.ts';
import { shownUrl } from './shown-url.ts';
import { SourceError } from './source.ts';
import { throttle, unthrottled } from './throttle.ts';
import { transferBudget, type TransferBudget } from './transfer-budget.ts';

/** One file at one address, of which nothing is known before. */
export interface HttpFile extends Disposable {
  readonly budget: TransferBudget;
  /** @throws SourceError; also for a server that does not say it */
  length(signal: AbortSignal): Promise<number>;
  /** All of it, in order; goes on where it broke off. A chunk is valid until the next is asked for. @throws SourceError */
  read(bytes: number, signal: AbortSignal): AsyncIterable<Buffer>;
}

export interface HttpFileOptions {
  readonly maxTransferBytes?: number;
  /** Default: as fast as it comes. */
  readonly bytesPerSecond?: number;
  readonly tls?: TlsFiles;
  readonly proxy?: ProxyVariables;
  readonly limits?: HttpLimits;
  readonly backoff?: Backoff;
}

export function openHttpFile(address: URL, options: HttpFileOptions): HttpFile {
  const { maxTransferBytes, bytesPerSecond, limits = HTTP_LIMITS, backoff = BACKOFF } = options;
  const budget = transferBudget(maxTransferBytes);
  const base = new URL('.', address);
  // "./", so that a colon in a name begins no scheme.
  const path = `./${address.pathname.slice(base.pathname.length)}${address.search}`;
  const agents = httpAgents(base.origin, options);
  const server = { base, authorization: undefined, headers: {}, agents, limits, budget };
  const pace = bytesPerSecond === undefined ? unthrottled : throttle(bytesPerSecond);
  const source = mirrors([httpSource(base, { ...options, budget, throttle: pace })], backoff);
  return {
    budget,
    async length(signal) {
      const wanted = { kind: 'small', maxBytes: Number.MAX_SAFE_INTEGER } as const;
      const found = await findFile(server, { path, wanted, headers: {}, signal });
      const { answer } = found;
      const { 'content-length': length } = answer.response.headers;
      answer.response.destroy();
      budget.add(answer.received());
      if (length !== undefined) return Number(length);
      throw new SourceError('refused', `${shownUrl(found.url)} does not say how long it is`, {
        hint: 'serve it as a plain file: with Content-Length, and not compressed on the way',
      });
    },
    read: (bytes, signal) =>
      source.read(path, {
        ...{ start: 0, end: bytes, fileBytes: bytes, signal },
        mayReadFromBeginning: true,
      }),
    [Symbol.dispose]() {
      source.close();
      agents.close();
    },
  };
}

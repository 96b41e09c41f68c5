import type { Duplex } from 'node:stream';
import { isErrorCode, KubeosError } from '../../errors.ts';
import { SourceError, type Source } from '../../release/fetch/source.ts';
import { MessagePipe, type Message } from '../message-pipe.ts';
import { tellSchema, type Ask, type Tell } from './messages.ts';

/** The agent's end of its fetcher: one repository, one operation. */
export interface Fetcher extends Disposable {
  /** Small files only: blocks come by `fillFromFetcher`. */
  readonly source: Source;
  readonly exchange: Exchange;
}

/** What is told next, checked; an error where it is a failure. */
export interface Exchange {
  ask(asked: Ask, bytes?: Uint8Array): Promise<void>;
  hear(): Promise<{ readonly told: Exclude<Tell, { tell: 'failed' }>; readonly bytes: Uint8Array }>;
}

export interface FetcherOrder {
  readonly addresses: readonly string[];
  readonly maxTransferBytes: number | undefined;
  /** Undefined: as fast as it comes. */
  readonly bytesPerSecond: number | undefined;
  /** Ends the fetcher, wherever it is. */
  readonly signal: AbortSignal;
}

/** A fetcher that says nothing for so long is given up. It speaks at least when a request failed for good. */
const SILENCE_MS = 10 * 60_000;

/** @throws KubeosError USAGE for an address that is none */
export async function openFetcher(socket: Duplex, order: FetcherOrder): Promise<Fetcher> {
  using stack = new DisposableStack();
  const exchange = stack.use(exchangeOver(socket, order.signal));
  const told = await open(exchange, order);
  const held = stack.move();
  return {
    exchange,
    source: smallFilesOf(exchange, { ...told, close: () => exchange[Symbol.dispose]() }),
    [Symbol.dispose]: () => held.dispose(),
  };
}

async function open(
  exchange: Exchange,
  { addresses, maxTransferBytes, bytesPerSecond }: FetcherOrder,
): Promise<Extract<Tell, { tell: 'opened' }>> {
  const limits = {
    maxTransferBytes: maxTransferBytes ?? null,
    bytesPerSecond: bytesPerSecond ?? null,
  };
  await exchange.ask({ ask: 'open', addresses: [...addresses], ...limits });
  const { told } = await exchange.hear();
  if (told.tell === 'opened') return told;
  throw unexpected(told);
}

/** Ask and hear over one socket to a fetcher, which ends with it, or by the signal. */
export function exchangeOver(socket: Duplex, signal: AbortSignal): Exchange & Disposable {
  const pipe = new MessagePipe(socket);
  const end = (): void => pipe.close();
  signal.addEventListener('abort', end, { once: true });
  return {
    ask: async (asked, bytes) => await pipe.send(asked, bytes),
    async hear() {
      const message = await withinSilence(pipe).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
      signal.throwIfAborted();
      if (message === null) throw new KubeosError('INTERNAL', 'the fetcher ended early', LOG);
      const told = tellSchema.parse(message.says);
      if (told.tell === 'failed') throw failureOf(told);
      return { told, bytes: message.bytes };
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', end);
      end();
    },
  };
}

const LOG = { hint: 'its log: journalctl -u "kubeos-fetch@*"' };

async function withinSilence(pipe: MessagePipe): Promise<Message | null> {
  const timer = setTimeout(() => pipe.close(), SILENCE_MS);
  try {
    return await pipe.next();
  } finally {
    clearTimeout(timer);
  }
}

interface Opened {
  readonly address: string;
  readonly mirrors: number;
  readonly close: () => void;
}

/** Metadata and manifests as bytes: what they are worth is for the agent to find out. */
function smallFilesOf(exchange: Exchange, { address, mirrors, close }: Opened): Source {
  return {
    address,
    mirrors,
    close,
    read: () => {
      throw new KubeosError('INTERNAL', 'the agent reads no images');
    },
    async readSmall(path, { maxBytes, isFresh = false }) {
      await exchange.ask({ ask: 'small', path, maxBytes, isFresh });
      const { told, bytes } = await exchange.hear();
      if (told.tell !== 'small') throw unexpected(told);
      if (bytes.length > maxBytes) throw new KubeosError('INTERNAL', `${path} is too long`);
      return told.isThere ? Buffer.from(bytes) : null;
    },
    // A fetcher that has ended is found out by what is asked next.
    distrust: () => void exchange.ask({ ask: 'distrust' }).catch(() => undefined),
  };
}

export function unexpected({ tell }: Tell): KubeosError {
  return new KubeosError('INTERNAL', `the fetcher says "${tell}" out of turn`);
}

function failureOf({
  code,
  message,
  hint,
  failure,
}: Extract<Tell, { tell: 'failed' }>): KubeosError {
  const details = hint === null ? {} : { hint };
  if (failure !== null) return new SourceError(failure, message, details);
  return new KubeosError(isErrorCode(code) ? code : 'INTERNAL', message, details);
}

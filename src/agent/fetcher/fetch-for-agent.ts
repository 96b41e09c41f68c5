import type { Duplex } from 'node:stream';
import { KubeosError } from '../../errors.ts';
import { HTTP_LIMITS } from '../../release/fetch/http-limits.ts';
import { BACKOFF } from '../../release/fetch/mirror-order.ts';
import {
  openSource,
  type OpenedSource,
  type SourceOptions,
} from '../../release/fetch/open-source.ts';
import { SourceError } from '../../release/fetch/source.ts';
import { AgentCalls } from './agent-calls.ts';
import { fillForAgent } from './fill-for-agent.ts';
import { MessagePipe } from '../message-pipe.ts';
import { TarCalls } from './tar-calls.ts';
import { askSchema, type Ask, type Tell } from './messages.ts';

/** How long servers are waited for, and how often they are asked again. */
export type Patience = Required<Pick<SourceOptions, 'limits' | 'backoff'>>;

/**
 * A network that is away for minutes is waited for: ten tries are three minutes where it refuses, and eight where it says
 * nothing, which is less than the agent waits for its fetcher.
 */
const PATIENCE: Patience = { limits: HTTP_LIMITS, backoff: { ...BACKOFF, tries: 10 } };

/**
 * The other side of the agent: all that speaks to a network and decodes what comes from there, in a process that owns
 * nothing and may write nothing. Does what one agent asks on one socket, until that ends.
 */
export async function fetchForAgent(socket: Duplex, patience: Patience = PATIENCE): Promise<void> {
  await answerAgent(new MessagePipe(socket), patience);
}

async function answerAgent(pipe: MessagePipe, patience: Patience): Promise<void> {
  const abort = new AbortController();
  const calls = new AgentCalls(pipe);
  using tar = new TarCalls(pipe, patience, abort.signal);
  let opened: OpenedSource | null = null;
  try {
    for (;;) {
      const message = await pipe.next();
      if (message === null) return;
      const asked = askSchema.parse(message.says);
      if (asked.ask === 'open') opened = await open(asked, pipe, patience);
      else if (asked.ask === 'reply') calls.answer(asked, message.bytes);
      else if (asked.ask === 'tar' || asked.ask === 'pieces') {
        void telling(pipe, abort.signal, async () => await tar.answer(asked));
      } else if (opened === null)
        throw new KubeosError('INTERNAL', 'no repository was named first');
      else if (asked.ask === 'distrust') opened.source.distrust();
      else void answer(asked, { opened, pipe, calls, signal: abort.signal });
    }
  } finally {
    const gone = new KubeosError('CANCELLED', 'the agent has gone');
    abort.abort(gone);
    calls.end(gone);
    opened?.[Symbol.dispose]();
    pipe.close();
  }
}

async function open(
  { addresses, maxTransferBytes, bytesPerSecond }: Extract<Ask, { ask: 'open' }>,
  pipe: MessagePipe,
  patience: Patience,
): Promise<OpenedSource | null> {
  try {
    const opened = openSource(addresses, {
      ...patience,
      proxy: process.env,
      ...(maxTransferBytes !== null && { maxTransferBytes }),
      ...(bytesPerSecond !== null && { bytesPerSecond }),
    });
    const { address, mirrors } = opened.source;
    await pipe.send({ tell: 'opened', address, mirrors } satisfies Tell);
    return opened;
  } catch (error) {
    await pipe.send(failureOf(error));
    return null;
  }
}

export interface FetcherParts {
  readonly opened: OpenedSource;
  readonly pipe: MessagePipe;
  readonly calls: AgentCalls;
  readonly signal: AbortSignal;
}

async function answer(
  asked: Extract<Ask, { ask: 'small' | 'fill' }>,
  parts: FetcherParts,
): Promise<void> {
  const { opened, pipe, signal } = parts;
  await telling(pipe, signal, async () => {
    if (asked.ask === 'fill') return await fillForAgent(asked, parts);
    const bytes = await opened.source.readSmall(asked.path, { ...asked, signal });
    await pipe.send({ tell: 'small', isThere: bytes !== null } satisfies Tell, bytes ?? undefined);
  });
}

/** Tells why it failed, where it did. */
async function telling(
  pipe: MessagePipe,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    // An agent that has gone needs no answer.
    if (!signal.aborted) await pipe.send(failureOf(error)).catch(() => undefined);
  }
}

const MAX_WORDS = 4000;

function failureOf(error: unknown): Tell {
  const message = error instanceof Error ? error.message : 'something that is no error was thrown';
  const isOurs = error instanceof KubeosError;
  return {
    tell: 'failed',
    code: isOurs ? error.code : 'INTERNAL',
    message: message.slice(0, MAX_WORDS),
    hint: (isOurs ? error.hint : undefined)?.slice(0, MAX_WORDS) ?? null,
    failure: error instanceof SourceError ? error.failure : null,
  };
}

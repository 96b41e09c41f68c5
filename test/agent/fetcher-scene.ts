import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { fetchForAgent } from '../../src/agent/fetcher/fetch-for-agent.ts';
import { openFetcher, type Fetcher } from '../../src/agent/fetcher/fetcher.ts';
import { fillFromFetcher } from '../../src/agent/fetcher/fill-from-fetcher.ts';
import { MessagePipe } from '../../src/agent/message-pipe.ts';
import { loadRelease } from '../../src/release/fetch/load-release.ts';
import { openTarget } from '../../src/release/fetch/open-target.ts';
import type { Base } from '../../src/release/fetch/target.ts';
import type { Upgrade } from '../release/fetch/upgrade.ts';
import { listenAsSystemd, type SocketUnit } from './listen-as-systemd.ts';

export interface Listening extends SocketUnit {
  open(address: string, signal?: AbortSignal): Promise<Fetcher>;
}

/** A socket where each connection gets a fetcher, as systemd gives it one. */
export async function listening(
  directory: string,
  fetcher: (socket: Socket) => Promise<unknown> = fetchForAgent,
): Promise<Listening> {
  const place = path.join(directory, 'fetch.sock');
  const unit = await listenAsSystemd(place, fetcher);
  const unlimited = { maxTransferBytes: undefined, bytesPerSecond: undefined };
  return {
    ...unit,
    open: async (address, signal = AbortSignal.timeout(60_000)) =>
      await openFetcher(connect(place), { ...unlimited, addresses: [address], signal }),
  };
}

export async function fill(
  fetcher: Fetcher,
  { given, next, listed }: Upgrade,
  {
    base = null,
    signal = AbortSignal.timeout(60_000),
  }: { base?: Base | null; signal?: AbortSignal } = {},
) {
  const release = await loadRelease(fetcher.source, next.digest, signal);
  await using target = await openTarget(given.output, release.table.imageBytes);
  const onProgress = (): void => undefined;
  const parts = { exchange: fetcher.exchange, release, listed, target, base, signal, onProgress };
  return await fillFromFetcher(parts);
}

export type Lie = (pipe: MessagePipe, up: Upgrade) => Promise<void>;

/** A fetcher that was taken over: honest until the blocks are asked for. */
export const liar =
  (up: Upgrade, lie: Lie) =>
  async (socket: Socket): Promise<void> => {
    const pipe = new MessagePipe(socket);
    const tell = async (says: object, bytes?: Uint8Array): Promise<void> =>
      await pipe.send(says, bytes);
    for (;;) {
      const message = await pipe.next();
      if (message === null) return;
      const { ask, path: file } = message.says as { ask: string; path: string };
      if (ask === 'open') await tell({ tell: 'opened', address: 'x', mirrors: 1 });
      if (ask === 'small') {
        await tell(
          { tell: 'small', isThere: true },
          await readFile(path.join(up.given.repository, file)),
        );
      }
      if (ask === 'fill') return await lie(pipe, up);
    }
  };

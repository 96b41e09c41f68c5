import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { fillFromFetcher } from '../../src/agent/fetcher/fill-from-fetcher.ts';
import { loadRelease } from '../../src/release/fetch/load-release.ts';
import { originOf, serveFiles } from '../release/fetch/origin.ts';
import { upgrade } from '../release/fetch/upgrade.ts';
import { listening } from './fetcher-scene.ts';

const AGENT = fileURLToPath(new URL('../../bin/kubeos-agent.ts', import.meta.url));
/** Far more than it needs. */
const PATIENCE_MS = 60_000;

test('a fetcher whose agent is gone in the middle of a block ends, and fetches no more', async (t) => {
  await using up = await upgrade(6);
  await using origin = await originOf(serveFiles(up.given.repository));
  const ended = Promise.withResolvers<string>();
  await using listener = await listening(up.given.repository, async (socket) => {
    const child = spawn(process.execPath, [AGENT, 'fetch'], {
      stdio: [socket, 'ignore', 'inherit'],
    });
    await once(child, 'exit');
    ended.resolve('ended');
  });
  const fetcher = await listener.open(origin.url);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const release = await loadRelease(fetcher.source, up.next.digest, signal);
  const gone = async (): Promise<never> => {
    fetcher[Symbol.dispose]();
    return await new Promise<never>(() => undefined);
  };
  const target = { address: 'a slot', size: release.table.imageBytes, isBlank: true };
  const filling = fillFromFetcher({
    ...{ exchange: fetcher.exchange, release, listed: up.listed, base: null, signal },
    target: { ...target, read: gone, write: gone, flush: async () => undefined },
    onProgress: () => undefined,
  });
  filling.catch(() => undefined);
  t.is(
    await Promise.race([ended.promise, sleep(PATIENCE_MS, 'is still there', { ref: false })]),
    'ended',
  );
});

import test from 'ava';
import { askStatus } from '../../src/agent/client/ask-agent.ts';
import { fetchForAgent, type Patience } from '../../src/agent/fetcher/fetch-for-agent.ts';
import { HTTP_LIMITS } from '../../src/release/fetch/http-limits.ts';
import type { Handler } from '../release/fetch/origin.ts';
import { holds, startFileScene, type FileScene } from './file-scene.ts';
import { ask, withAgent } from './run-daemon.ts';

/** The agent's own, in seconds instead of minutes. */
const PATIENCE: Patience = {
  limits: { ...HTTP_LIMITS, connectMs: 2000, headMs: 2000, idleMs: 2000 },
  backoff: { tries: 10, firstMs: 5, maxMs: 40 },
};

type Network = 'up' | 'cuts off' | 'silent' | 'resets';

/** A network that goes as it is told. */
interface Lossy {
  network: Network;
  /** What each request for the image meets, instead. */
  image: Network[];
}

const lossy =
  (state: Lossy) =>
  (serve: Handler): Handler =>
  async (request, response) => {
    const isForImage = request.url?.endsWith('image.zst') === true;
    const network = (isForImage ? state.image.shift() : undefined) ?? state.network;
    if (network === 'silent') return;
    if (network === 'resets') request.socket.resetAndDestroy();
    else if (network === 'up') await serve(request, response);
    else {
      // Half of the body, and then nothing.
      const end = response.end.bind(response);
      response.end = ((bytes: Buffer) => {
        response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
        return response;
      }) as typeof end;
      await serve(request, response);
    }
  };

async function startLossyScene(state: Lossy): Promise<FileScene> {
  return await startFileScene({
    around: lossy(state),
    fetcher: async (socket) => await fetchForAgent(socket, PATIENCE),
  });
}

test('a network that cuts off, says nothing, resets and comes back is waited for', async (t) => {
  const state: Lossy = { network: 'up', image: [] };
  await using scene = await startLossyScene(state);
  const { node } = scene;
  const two = await scene.publish('1.0.2');
  state.image = ['cuts off', 'silent', 'silent', 'resets', 'resets', 'resets', 'cuts off'];
  await withAgent(node, async () => {
    const { last } = await ask(node, 'POST /v1/prepare', { release: two.digest });
    t.is(last?.outcome, 'done', last?.error?.message);
    t.deepEqual(state.image, []);
  });
  t.true(await holds(node, 'B', two));
  t.true(await holds(node, 'A', scene.one));
});

test('an image server that is gone ends the work with the reason; what came before is kept', async (t) => {
  const state: Lossy = { network: 'up', image: [] };
  await using scene = await startLossyScene(state);
  const { node } = scene;
  const two = await scene.publish('1.0.2');
  await withAgent(node, async () => {
    state.network = 'resets';
    const before = await ask(node, 'POST /v1/prepare', { release: two.digest });
    t.is(before.last?.error?.code, 'NETWORK');
    t.is(before.slots.B.state, 'empty');
    state.network = 'up';
    state.image = ['cuts off', ...Array.from({ length: 12 }, () => 'resets' as const)];
    const { last, slots } = await ask(node, 'POST /v1/prepare', { release: two.digest });
    t.is(last?.error?.code, 'NETWORK');
    t.regex(last?.error?.message ?? '', /image\.zst could not be read/);
    t.is(slots.B.state, 'writing');
    t.deepEqual((await node.slots()).B, { ok: false, tries: 0 });
  });
  t.is((await node.boot()).slot, 'A');
  state.image = [];
  await withAgent(node, async () => {
    t.regex((await askStatus(node.socket)).last?.error?.message ?? '', /image\.zst/);
    const { last } = await ask(node, 'POST /v1/prepare', { release: two.digest });
    t.is(last?.outcome, 'done');
    t.is(last?.transfer?.blocksReused, 1);
  });
  t.true(await holds(node, 'B', two));
});

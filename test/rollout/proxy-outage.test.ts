import test from 'ava';
import { until } from '../../src/demo/control-plane/until.ts';
import type { Handler } from '../release/fetch/origin.ts';
import { startInstalledCluster, startProxyScene } from './proxy-scene.ts';

test('while the API server is away a node goes on as far as it was let, and is not restarted before that is known', async (t) => {
  await using cluster = await startInstalledCluster();
  const image = heldImage();
  await using scene = await startProxyScene(cluster, 'n1', { around: image.around });
  const { files } = scene;
  const two = await files.publish('1.0.2');
  await using machine = scene.start();
  await scene.begin({
    ...{ target: { version: '1.0.2', digest: two.digest }, allowed: 'activate' },
  });
  // A proxy that was not told before the outage has nothing to go on with.
  await image.asked;
  await cluster.stopApiServer();
  image.release();
  await until('it is activated', async () => (await files.node.slots()).order === 'B A');
  t.deepEqual(machine.restarts, []);
  await cluster.startApiServer();
  await scene.switchOver();
  t.deepEqual(machine.restarts, ['B']);
  t.deepEqual(machine.endedProxies, []);
});

/** A server that keeps whoever asks for an image waiting until it is released. */
function heldImage() {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const around =
    (serve: Handler): Handler =>
    async (request, response) => {
      if (request.url?.endsWith('image.zst') === true) {
        asked.resolve();
        await released.promise;
      }
      await serve(request, response);
    };
  return { around, asked: asked.promise, release: () => released.resolve() };
}

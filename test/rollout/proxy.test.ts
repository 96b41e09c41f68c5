import test from 'ava';
import { holds } from '../agent/file-scene.ts';
import { startProxyScene } from './proxy-scene.ts';

const COMMITTED = { ok: true, tries: 0 };

test('a node is prepared, activated when it is let, restarted once, committed when the cluster finds it Ready, and taken back', async (t) => {
  await using scene = await startProxyScene();
  const { files } = scene;
  const two = await files.publish('1.0.2');
  await using machine = scene.start();
  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  await scene.reaches('prepared');
  t.true(await holds(files.node, 'B', two));
  t.is((await files.node.slots()).order, 'A B', 'nothing was activated');
  await scene.allow('activate');
  const { status } = await scene.reaches('committed');
  t.like(status.booted, { slot: 'B', digest: two.digest, version: '1.0.2' });
  t.is(status.slots?.A.state, 'good');
  t.deepEqual((await files.node.slots()).B, COMMITTED);
  t.deepEqual(machine.restarts, ['B']);
  t.regex(machine.said(), /asks the agent: commit/);

  await scene.begin({
    ...{ kind: 'rollback', target: { version: '1.0.1', digest: files.one.digest } },
    allowed: 'activate',
  });
  const back = await scene.reaches('committed');
  t.like(back.status.booted, { slot: 'A', digest: files.one.digest });
  t.deepEqual(machine.restarts, ['B', 'A']);
  t.deepEqual(machine.endedProxies, []);
});

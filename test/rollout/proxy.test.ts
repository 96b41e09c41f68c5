import test from 'ava';
import { askStatus } from '../../src/agent/client/ask-agent.ts';
import { holds } from '../agent/file-scene.ts';
import type { Handler } from '../release/fetch/origin.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { startInstalledCluster, startProxyScene } from './proxy-scene.ts';

const starting = startInstalledCluster();
test.after.always(async () => await (await starting)[Symbol.asyncDispose]());

const COMMITTED = { ok: true, tries: 0 };

test('a node is prepared, activated when it is let, restarted once, committed when it is let, and taken back', async (t) => {
  await using scene = await startProxyScene(await starting, 'n1');
  const { files } = scene;
  const two = await files.publish('1.0.2');
  await using machine = scene.start();
  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  await scene.reaches('prepared');
  t.true(await holds(files.node, 'B', two));
  t.is((await files.node.slots()).order, 'A B', 'nothing was activated');
  const { status } = await scene.switchOver();
  t.like(status.booted, { slot: 'B', digest: two.digest, version: '1.0.2' });
  t.like(status.slots, { A: { state: 'good' }, B: { state: 'good', version: '1.0.2' } });
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
  t.notRegex(machine.said(), /forbidden|409/);
});

test('a release that is not healthy is left by the node itself, the cluster reads why, and it is taken again after a retry', async (t) => {
  await using scene = await startProxyScene(await starting, 'n2');
  const two = await scene.files.publish('1.0.2');
  await using machine = scene.start();
  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  await scene.reaches('prepared');
  await scene.files.setHealth(false);
  await scene.allow({ allowed: 'activate' });
  const { status } = await scene.reaches('fell-back');
  t.like(status.run, { code: 'UNHEALTHY', message: 'by order unhealthy by order' });
  t.like(status.booted, { slot: 'A', digest: scene.files.one.digest });
  t.deepEqual(machine.restarts, ['B', 'B', 'B', 'A']);

  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  const again = await scene.reaches('failed');
  t.like(again.status.run, { code: 'REFUSED' });
  t.regex(again.status.run?.message ?? '', /failed on this node before/);
  t.is(machine.restarts.length, 4);

  await scene.files.setHealth(true);
  await scene.begin({ target: { version: '1.0.2', digest: two.digest }, triesAgain: true });
  await scene.reaches('prepared');
  const { status: then } = await scene.switchOver();
  t.like(then.booted, { slot: 'B', digest: two.digest });
});

test('an agent that is killed while it writes is started again, and the run goes on', async (t) => {
  await using scene = await startProxyScene(await starting, 'n3');
  const two = await scene.files.publish('1.0.2');
  await using machine = scene.start({ killAgentAt: 60 });
  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  await scene.reaches('prepared');
  t.regex(machine.said(), /the agent ended/);
  t.true(await holds(scene.files.node, 'B', two));
  await scene.switchOver();
  t.deepEqual(machine.restarts, ['B']);
});

test('a run that the agent cannot prepare fails with its reason, and nothing is said of it once it is gone', async (t) => {
  await using scene = await startProxyScene(await starting, 'n4');
  const two = await scene.files.publish('1.0.2');
  await using machine = scene.start();
  const target = { version: '1.0.2', digest: two.digest };
  await scene.begin({ target, allowed: 'activate', repository: 'elsewhere' });
  const { status } = await scene.reaches('failed');
  t.regex(status.run?.message ?? '', /elsewhere/);
  await scene.allow(null);
  await until('nothing is said of a run', async () => (await scene.instance()).status.run === null);
  t.deepEqual(machine.restarts, []);
});

test('a run that was meant for the machine before this one is not begun', async (t) => {
  await using scene = await startProxyScene(await starting, 'n5');
  const two = await scene.files.publish('1.0.2');
  await using machine = scene.start();
  const target = { version: '1.0.2', digest: two.digest };
  await scene.begin({ target, allowed: 'activate' }, { nodeUid: 'of-another' });
  await until('the proxy has seen it', async () => {
    const { metadata, status } = await scene.instance();
    return metadata.generation === status.observedGeneration;
  });
  t.is((await scene.instance()).status.run, null);
  t.notRegex(machine.said(), /asks the agent/);
});

test('what is prepared for a run that is taken away is given up', async (t) => {
  const held = Promise.withResolvers<void>();
  const around =
    (serve: Handler): Handler =>
    (request, response) => {
      const isImage = request.url?.endsWith('.image.zst');
      void (isImage ? held.promise : Promise.resolve()).then(() => serve(request, response));
    };
  await using scene = await startProxyScene(await starting, 'n6', { around });
  const two = await scene.files.publish('1.0.2');
  await using _ = scene.start();
  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  const { socket } = scene.files.node;
  await until('the agent writes', async () => {
    const { operation } = await askStatus(socket);
    return operation?.phase === 'writing';
  });
  await scene.allow(null);
  await until('it is cancelled', async () => (await askStatus(socket)).operation === null);
  t.like((await askStatus(socket)).last, { kind: 'prepare', outcome: 'cancelled' });
  held.resolve();
});

test('a plain tar is asked for by its address, and a node whose image takes none says so', async (t) => {
  await using scene = await startProxyScene(await starting, 'n7');
  await using _ = scene.start();
  const target = { version: 'KubeOS v2', digest: `sha256:${'ab'.repeat(32)}` };
  const image = { imageurl: 'https://example.com/os.tar' };
  await scene.begin({ target, image, allowed: 'activate' });
  const { status } = await scene.reaches('failed');
  t.like(status.run, { code: 'REFUSED' });
  t.regex(status.run?.message ?? '', /nobody signed|unsigned/);
});

test('an agent that does not answer is said to be away, and what was seen last stays', async (t) => {
  await using scene = await startProxyScene(await starting, 'n8');
  const availability = async () => {
    const { conditions } = (await scene.instance()).status;
    return conditions.find(({ type }) => type === 'AgentAvailable')?.status;
  };
  {
    await using _ = scene.start();
    await until('it is seen', async () => (await availability()) === 'True');
  }
  const alone = scene.startProxy();
  await until('it is away', async () => (await availability()) === 'False');
  t.is((await scene.instance()).status.booted?.digest, scene.files.one.digest);
  await alone.stop();
});

test('the token of another node is no use', async (t) => {
  await using scene = await startProxyScene(await starting, 'n9');
  const proxy = scene.startProxy('n8');
  t.is(await proxy.ended, 2);
  t.regex(proxy.said(), /the token is that of node n9, not of n8/);
});

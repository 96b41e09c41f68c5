import test from 'ava';
import { answerOrder } from '../../src/agent/configure/answer-order.ts';
import { testConfiguration } from '../../src/agent/configure/testing/test-host.ts';
import { listenAsSystemd } from '../agent/listen-as-systemd.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { startInstalledCluster, startProxyScene, type ProxyScene } from './proxy-scene.ts';

const starting = startInstalledCluster();
test.after.always(async () => await (await starting)[Symbol.asyncDispose]());

const FILE = 'etc/sysctl.d/99-zz-kubeos.conf';
const POLICY = { 'kernel.sysctl.persist': { allow: [{ key: 'vm.*', value: '[0-9]+' }] } };

/** As an object of KubeOS has them. */
const settings = (version: string, key: string, value: number) => ({
  version,
  configs: [{ model: 'kernel.sysctl.persist', configpath: '', contents: [{ key, value }] }],
});

async function startConfigured(name: string) {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await startProxyScene(await starting, name));
  const host = stack.use(await testConfiguration(POLICY));
  const { configurer } = scene.files.node.places;
  stack.use(await listenAsSystemd(configurer, async (socket) => answerOrder(socket, host.parts)));
  const held = stack.move();
  return { scene, host, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

const conditionOf = async (scene: ProxyScene, type: string) =>
  (await scene.instance()).status.conditions.find((one) => one.type === type);

test('settings of a node at rest are applied once for each version, and why they are not is said', async (t) => {
  await using it = await startConfigured('c1');
  const { scene, host } = it;
  await using machine = scene.start();
  await scene.specify({ sysconfigs: settings('1', 'vm.swappiness', 7) });
  await until('version 1 is applied', async () => {
    return (await scene.instance()).status.sysconfigs?.version === '1';
  });
  t.regex((await host.snapshot())[FILE] ?? '', /^vm\.swappiness = 7$/m);
  t.like(await conditionOf(scene, 'Configured'), { status: 'True' });

  await scene.specify({ sysconfigs: settings('2', 'kernel.core_pattern', 1) });
  await until('version 2 is refused', async () => {
    const { status, reason } = (await conditionOf(scene, 'Configured')) ?? {};
    return status === 'False' && reason === 'SETTINGS_REFUSED';
  });
  t.is((await scene.instance()).status.sysconfigs?.version, '1', 'what the node has');

  await scene.specify({ sysconfigs: settings('3', 'vm.swappiness', 8) });
  await until('version 3 is applied', async () => {
    return (await scene.instance()).status.sysconfigs?.version === '3';
  });
  t.regex((await host.snapshot())[FILE] ?? '', /^vm\.swappiness = 8$/m);
  t.like(await conditionOf(scene, 'Configured'), { status: 'True' });
  t.deepEqual(machine.endedProxies, []);
});

test('settings for an upgrade come before it, those of the node after it, and what is refused ends it', async (t) => {
  await using it = await startConfigured('c2');
  const { scene, host } = it;
  const two = await scene.files.publish('1.0.2');
  await using machine = scene.start();
  const target = { version: '1.0.2', digest: two.digest };
  const after = settings('after', 'vm.swappiness', 9);
  await scene.begin(
    { target },
    { upgradeconfigs: settings('a', 'vm.dirty_ratio', 30), sysconfigs: after },
  );
  const { status } = await scene.reaches('prepared');
  t.is(status.upgradeconfigs?.version, 'a');
  t.is(status.sysconfigs, undefined);
  t.regex((await host.snapshot())[FILE] ?? '', /^vm\.dirty_ratio = 30$/m);
  await scene.switchOver();
  await until('the rest is applied', async () => {
    return (await scene.instance()).status.sysconfigs?.version === 'after';
  });
  t.regex((await host.snapshot())[FILE] ?? '', /^vm\.swappiness = 9$/m);

  const three = await scene.files.publish('1.0.3');
  const bad = { upgradeconfigs: settings('b', 'kernel.core_pattern', 1) };
  await scene.begin({ target: { version: '1.0.3', digest: three.digest } }, bad);
  const ended = await scene.reaches('failed');
  t.like(ended.status.run, { code: 'SETTINGS_REFUSED' });
  t.is(ended.status.upgradeconfigs?.version, 'a');
  t.deepEqual(machine.restarts, ['B']);
});

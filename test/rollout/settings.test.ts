import test from 'ava';
import { ONE, osOf, startRolloutScene, TWO, type RolloutScene } from './rollout-scene.ts';

const settings = (version: string, value: string): object => ({
  ...{ opstype: 'config', release: undefined, maxunavailable: 1 },
  sysconfigs: {
    version,
    configs: [{ model: 'kernel.sysctl', contents: [{ key: 'vm.swappiness', value }] }],
  },
});

async function versionsOn({ cluster }: RolloutScene): Promise<string> {
  const path =
    'jsonpath={range .items[*]}{.spec.nodestatus} {.status.sysconfigs.version}{"\\n"}{end}';
  return (await cluster.kubectl(['get', 'osinstances', '-o', path])).stdout;
}

test('settings reach every node at rest, one after another; a refusal is told and stops the rest', async (t) => {
  await using scene = await startRolloutScene();
  const nodes = [];
  for (const name of ['n1', 'n2', 'n3']) nodes.push(await scene.addNode({ name, digest: ONE }));
  const operator = scene.startOperator();
  await scene.apply(osOf('fleet', settings('v1', '10')));
  const os = await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.regex(os.status.conditions[0]?.message ?? '', /3 nodes have sysconfigs v1/);
  await scene.until(
    'all are idle again',
    async () => (await versionsOn(scene)) === 'idle v1\n'.repeat(3),
  );
  const told = operator.said().filter((line) => line.endsWith(': settings')).length;
  t.is(told, 6, 'told once, and given back once');

  for (const node of nodes) node.fault = 'refuses-settings';
  await scene.apply(osOf('fleet', settings('v2', '20')));
  const failed = await scene.untilReads('fleet', 'NodesFailed');
  t.regex(
    failed.status.conditions[0]?.message ?? '',
    /did not take sysconfigs v2: n\d \(REFUSED: by its policy\)$/,
  );
  t.is((await versionsOn(scene)).split('v1').length, 4, 'nobody has them');

  for (const node of nodes) node.fault = 'none';
  await scene.apply(osOf('fleet', settings('v3', '30')));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
});

test('a person who says pause holds settings, too', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  const operator = scene.startOperator();
  await scene.apply(osOf('fleet', { ...settings('v1', '10'), paused: true }));
  await scene.untilReads('fleet', 'PausedByUser');
  const paused = 'upgrade.openeuler.org/paused-by=alice';
  await scene.cluster.kubectl(['annotate', 'os', 'fleet', paused]);
  await scene.apply(osOf('fleet', { ...settings('v1', '10'), paused: false }));
  await scene.until('it is paused by alice', async () => {
    const { status } = await scene.os('fleet');
    return status.conditions.some(({ message }) => message === 'paused by alice');
  });
  await scene.cluster.kubectl(['annotate', 'os', 'fleet', 'upgrade.openeuler.org/paused-by-']);
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.is(
    operator.said().filter((line) => line.endsWith(': settings')).length,
    2,
    'told, and given back',
  );
});

test('an upgrade keeps the settings of a node, and brings those that the release needs', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  scene.startOperator();
  await scene.apply(osOf('fleet', settings('v1', '10')));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  await scene.cluster.kubectl(['delete', 'os/fleet']);
  const upgradeconfigs = { version: 'u1', configs: [] };
  await scene.apply(osOf('fleet', { upgradeconfigs }));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  const path =
    'jsonpath={.spec.sysconfigs.version} {.spec.upgradeconfigs.version} {.status.booted.digest}';
  const { stdout } = await scene.cluster.kubectl(['get', 'osinstance', 'n1', '-o', path]);
  t.is(stdout, `v1 u1 ${TWO}`);
});

test('settings without a version are told to nobody', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  scene.startOperator();
  await scene.apply(
    osOf('fleet', { opstype: 'config', release: undefined, sysconfigs: { configs: [] } }),
  );
  const os = await scene.untilReads('fleet', 'InvalidSpec');
  t.regex(os.status.conditions[0]?.message ?? '', /with a version that changes with them/);
});

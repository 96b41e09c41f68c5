import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { policySchema } from '../../configuration/policy.ts';
import { KubeosError } from '../../errors.ts';
import { outcomeOf } from './run-configuration.ts';
import { configureOrderSchema } from './settings.ts';
import { recover } from './transaction.ts';
import { KUBELET_FILE, testConfiguration, WIDE_POLICY } from './testing/test-host.ts';

const template = fileURLToPath(import.meta.resolve('#templates/policy.json'));
const USUAL = policySchema.parse(JSON.parse(await readFile(template, 'utf8')));

const order = (models: unknown, dryRun = false) => configureOrderSchema.parse({ models, dryRun });

const ALL = [
  {
    model: 'kernel.sysctl',
    contents: [{ key: 'net.ipv4.tcp_rmem', value: '4096 131072 4194304' }],
  },
  {
    model: 'kernel.sysctl.persist',
    configpath: '/etc/sysctl.d/99-zz-kubeos.conf',
    contents: [
      { key: 'vm/swappiness', value: 10 },
      { key: 'vm.dirty_ratio', value: '30' },
    ],
  },
  {
    model: 'kubernetes.kubelet',
    contents: [
      { key: 'maxPods', value: 64 },
      { key: 'evictionHard."memory.available"', value: '200Mi' },
      { key: 'evictionHard."nodefs.available"', value: '5%' },
      { key: 'imageGCHighThresholdPercent', operation: 'delete' },
    ],
  },
  {
    model: 'pam.limits',
    contents: [
      { key: '*', value: 'soft.nofile.65536' },
      { key: '*', value: 'hard nofile 65536' },
    ],
  },
];

test('what the usual policy allows is set as a whole, said as a difference, and the second time nothing is to do', async (t) => {
  await using node = await testConfiguration(USUAL);
  const config = path.join(node.directory, 'var/lib/kubelet/config.yaml');
  await chmod(config, 0o600);
  const dry = await outcomeOf(order(ALL, true), node.parts);
  const before = await node.snapshot();
  const outcome = await outcomeOf(order(ALL), node.parts);
  t.deepEqual(
    outcome,
    dry.kind === 'done' ? { ...dry, result: { ...dry.result, dryRun: false } } : dry,
  );
  if (outcome.kind !== 'done') {
    t.fail(JSON.stringify(outcome));
    return;
  }
  t.snapshot(outcome.result.changes.map(Object.values));
  t.deepEqual(node.restarts, ['kubelet.service']);
  t.is((await stat(config)).mode & 0o777, 0o600);
  const after = await node.snapshot();
  t.snapshot(Object.entries(after).filter(([file, text]) => before[file] !== text));
  const again = await outcomeOf(order(ALL), node.parts);
  t.deepEqual(again, { kind: 'done', result: { changes: [], restarted: [], dryRun: false } });
  t.deepEqual(await node.snapshot(), after);
  t.deepEqual(node.restarts, ['kubelet.service']);
});

test('what was set is taken out again by delete, and its file is otherwise as it was', async (t) => {
  await using node = await testConfiguration(USUAL);
  await outcomeOf(order(ALL), node.parts);
  const off = [
    {
      model: 'kubernetes.kubelet',
      contents: [
        { key: 'evictionHard."nodefs.available"', operation: 'delete' },
        { key: 'evictionHard."memory.available"', value: '100Mi' },
        { key: 'maxPods', value: 110 },
      ],
    },
    {
      model: 'pam.limits',
      contents: [{ key: '*', value: 'soft.nofile.65536', operation: 'delete' }],
    },
    { model: 'kernel.sysctl.persist', contents: [{ key: 'vm.dirty_ratio', operation: 'delete' }] },
  ];
  t.like(await outcomeOf(order(off), node.parts), { kind: 'done' });
  const after = await node.snapshot();
  t.is(after['var/lib/kubelet/config.yaml'], KUBELET_FILE.replace('100Mi', '"100Mi"'));
  t.is(after['etc/sysctl.d/99-zz-kubeos.conf'], '# mine\nvm.swappiness = 10\n');
  t.regex(after['etc/security/limits.d/99-zz-kubeos.conf'] ?? '', /^#.*\n\* hard nofile 65536\n$/);
});

test('delete with another value than there is, and nothing to delete', async (t) => {
  await using node = await testConfiguration(USUAL);
  const of = (key: string, value?: string) => [
    { model: 'kernel.sysctl.persist', contents: [{ key, value, operation: 'delete' }] },
  ];
  t.like(await outcomeOf(order(of('vm.swappiness', '61')), node.parts), { kind: 'refused' });
  t.like(await outcomeOf(order(of('vm.max_map_count')), node.parts), {
    kind: 'done',
    result: { changes: { length: 0 } },
  });
});

test('KubeOS keeps a field of a limit that is given as _', async (t) => {
  await using node = await testConfiguration(USUAL);
  const set = (value: string) =>
    order([{ model: 'pam.limits', contents: [{ key: '@db', value }] }]);
  await outcomeOf(set('hard.nproc.100'), node.parts);
  t.like(await outcomeOf(set('_.nproc.200'), node.parts), { kind: 'done' });
  const file = (await node.snapshot())['etc/security/limits.d/99-zz-kubeos.conf'] ?? '';
  t.regex(file, /^@db hard nproc 200$/m);
  t.like(await outcomeOf(set('_.nofile.200'), node.parts), { kind: 'refused' });
});

test("what the image's policy does not allow says what it allows", async (t) => {
  await using node = await testConfiguration(USUAL);
  const before = await node.snapshot();
  const asked = order([
    { model: 'kernel.sysctl', contents: [{ key: 'vm.swappiness', value: 'ten' }] },
    { model: 'kernel.sysctl', contents: [{ key: 'kernel.sysrq', value: 1 }] },
    { model: 'container.containerd', contents: [{ key: 'oom_score', value: 1 }] },
  ]);
  const outcome = await outcomeOf(asked, node.parts);
  t.snapshot(outcome);
  t.deepEqual(await node.snapshot(), before);
});

test('a value that the kernel refuses, or makes another of, reverts the whole', async (t) => {
  for (const write of [
    async () =>
      await Promise.reject(new KubeosError('COMMAND_FAILED', 'the kernel does not take it')),
    async () => undefined,
  ]) {
    await using node = await testConfiguration(USUAL);
    const before = await node.snapshot();
    const { kernel } = node.parts.host;
    const stubborn = {
      ...kernel,
      write: async (name: string, value: string) =>
        value === '30' ? await write() : await kernel.write(name, value),
    };
    const host = { ...node.parts.host, kernel: stubborn };
    const outcome = await outcomeOf(order(ALL), { ...node.parts, host });
    t.like(outcome, { kind: 'refused', refusals: { length: 1, 0: { rule: 'kernel' } } });
    t.deepEqual(node.restarts, []);
    t.deepEqual(await node.snapshot(), before);
  }
});

test('two settings of which the kernel lets only one count are both as they were', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const before = await node.snapshot();
  const { kernel } = node.parts.host;
  const coupled = {
    ...kernel,
    write: async (name: string, value: string) => {
      if (name === 'vm.dirty_bytes') await kernel.write('vm.dirty_ratio', '0');
      if (name === 'vm.dirty_ratio') await kernel.write('vm.dirty_bytes', '0');
      await kernel.write(name, value);
    },
  };
  const restartUnit = async () => await Promise.reject(new KubeosError('COMMAND_FAILED', 'no'));
  const host = { ...node.parts.host, kernel: coupled, restartUnit };
  const models = [
    { model: 'kernel.sysctl', contents: [{ key: 'vm.dirty_bytes', value: 8192 }] },
    { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 1 }] },
  ];
  t.like(await outcomeOf(order(models), { ...node.parts, host }), {
    kind: 'failed',
    message: 'no',
  });
  t.deepEqual(await node.snapshot(), before);
});

test('a service that does not come up again reverts the whole, and is restarted with what it had', async (t) => {
  await using node = await testConfiguration(USUAL);
  const before = await node.snapshot();
  const seen: string[] = [];
  const config = path.join(node.directory, 'var/lib/kubelet/config.yaml');
  const restartUnit = async (unit: string): Promise<void> => {
    const text = await readFile(config, 'utf8');
    seen.push(`${unit} ${/maxPods: \d+/.exec(text)?.[0]}`);
    if (text.includes('maxPods: 64')) throw new KubeosError('COMMAND_FAILED', 'kubelet is sick');
  };
  const host = { ...node.parts.host, restartUnit };
  const outcome = await outcomeOf(order(ALL), { ...node.parts, host });
  t.deepEqual(outcome, { kind: 'failed', code: 'COMMAND_FAILED', message: 'kubelet is sick' });
  t.deepEqual(seen, ['kubelet.service maxPods: 64', 'kubelet.service maxPods: 110']);
  t.deepEqual(await node.snapshot(), before);
});

test('a service that does not run is neither restarted nor started', async (t) => {
  await using node = await testConfiguration(USUAL);
  const host = { ...node.parts.host, isUnitActive: async () => await Promise.resolve(false) };
  const outcome = await outcomeOf(order(ALL), { ...node.parts, host });
  t.like(outcome, { kind: 'done', result: { restarted: { length: 0 } } });
  t.deepEqual(node.restarts, []);
});

test('files that cannot be read, or are not there, are told with what to do', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const kubelet = path.join(node.directory, 'var/lib/kubelet/config.yaml');
  const models = [
    { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 1 }] },
    { model: 'container.containerd', contents: [{ key: 'oom_score', value: 1 }] },
  ];
  await writeFile(kubelet, 'a: [');
  await rm(path.join(node.directory, 'etc/containerd/config.toml'));
  t.snapshot(await outcomeOf(order(models), node.parts));
});

test('an image without the folder of a file says so, and nothing is done', async (t) => {
  await using node = await testConfiguration(USUAL);
  await rm(path.join(node.directory, 'etc/security'), { recursive: true });
  const before = await node.snapshot();
  t.like(await outcomeOf(order(ALL), node.parts), { kind: 'failed', code: 'HOST_NOT_READY' });
  t.deepEqual(await node.snapshot(), before);
});

test('nothing is set where it would not last, or where the image has no policy', async (t) => {
  await using node = await testConfiguration(USUAL);
  await writeFile(node.parts.persist.persistState, 'memory no partition\n');
  t.like(await outcomeOf(order(ALL), node.parts), { kind: 'failed', code: 'HOST_NOT_READY' });
  await writeFile(node.parts.persist.persistState, 'writable\n');
  await writeFile(node.parts.policy, '{"kernel.sysctl": {"allow": [{"key": "x"}]}}');
  t.like(await outcomeOf(order(ALL), node.parts), { kind: 'failed', code: 'HOST_NOT_READY' });
});

test('a journal that cannot be read does not stay in the way', async (t) => {
  await using node = await testConfiguration(USUAL);
  const { host } = node.parts;
  const before = await node.snapshot();
  await outcomeOf(order(ALL.slice(0, 1)), node.parts);
  await writeFile(host.journal, '{"schema": 2}');
  t.true(await recover(host));
  t.false(await recover(host));
  t.is(
    (await node.snapshot())['etc/sysctl.d/99-zz-kubeos.conf'],
    before['etc/sysctl.d/99-zz-kubeos.conf'],
  );
});

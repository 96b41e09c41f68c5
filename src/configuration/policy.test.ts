import test from 'ava';
import { isForbidden } from './forbidden-settings.ts';
import { keyParts } from './key-parts.ts';
import type { ConfigurationModel } from './models.ts';
import { judgeByPolicy, type Policy, type PolicyAnswer } from './policy.ts';

const POLICY: Policy = {
  'kernel.sysctl': { allow: [{ key: 'net.ipv4.conf.*.rp_filter', value: '[0-2]' }] },
  'kubernetes.kubelet': {
    allow: [
      { key: 'eviction*.*', value: '.*' },
      { key: 'clusterDNS', value: '[0-9.]+' },
      { key: 'clusterDNS', value: 'none' },
    ],
  },
};

const ANSWERS: readonly (readonly [ConfigurationModel, string, readonly string[], PolicyAnswer])[] =
  [
    ['kernel.sysctl', 'net.ipv4.conf.eth0.rp_filter', ['1'], 'allowed'],
    ['kernel.sysctl', 'net/ipv4/conf/eth0.100/rp_filter', ['1'], 'allowed'],
    ['kernel.sysctl', 'net.ipv4.conf.eth0/100.rp_filter', ['3'], 'value'],
    ['kernel.sysctl', 'net.ipv4.conf.eth0.100.rp_filter', ['1'], 'key'],
    ['kernel.sysctl.persist', 'net.ipv4.conf.eth0.rp_filter', ['1'], 'key'],
    ['kubernetes.kubelet', 'evictionHard."memory.available"', ['1Gi'], 'allowed'],
    ['kubernetes.kubelet', 'evictionHard.memory.available', ['1Gi'], 'key'],
    ['kubernetes.kubelet', 'clusterDNS', ['1.1.1.1', 'none'], 'allowed'],
    ['kubernetes.kubelet', 'clusterDNS', ['1.1.1.1', '::1'], 'value'],
    ['kubernetes.kubelet', 'clusterDNS', ['1.1.1.1\nnone'], 'value'],
    ['kubernetes.kubelet', 'clusterDNS', [], 'allowed'],
  ];

for (const [model, key, values, answer] of ANSWERS) {
  test(`${model} ${key} ${JSON.stringify(values)}: ${answer}`, (t) => {
    t.is(judgeByPolicy(POLICY, { model, key, values }), answer);
  });
}

const PARTS: readonly (readonly [ConfigurationModel, string, readonly string[] | null])[] = [
  ['kubernetes.kubelet', 'a.b', ['a', 'b']],
  ['kubernetes.kubelet', "plugins.'io.x.v1'.c", ['plugins', 'io.x.v1', 'c']],
  ['kubernetes.kubelet', 'a..b', null],
  ['kubernetes.kubelet', '.a', null],
  ['kubernetes.kubelet', 'a.', null],
  ['kubernetes.kubelet', 'a"b"', null],
  ['kubernetes.kubelet', 'a."b', null],
  ['kubernetes.kubelet', '""', null],
  ['kubernetes.kubelet', '__proto__.x', null],
  ['kernel.sysctl', 'net/ipv4/conf/eth0.1/mtu', ['net', 'ipv4', 'conf', 'eth0.1', 'mtu']],
  ['kernel.sysctl', 'net.ipv4.conf.eth0/1.mtu', ['net', 'ipv4', 'conf', 'eth0.1', 'mtu']],
  ['kernel.sysctl', 'kernel.//x', null],
  ['grub.cmdline.next', 'nvme_core.io_timeout', ['nvme-core', 'io-timeout']],
  ['pam.limits', '@db', ['@db']],
  ['pam.limits', '1000:2000', ['1000:2000']],
];

for (const [model, key, parts] of PARTS) {
  test(`the key ${key} of ${model}`, (t) => {
    t.deepEqual(keyParts(model, key), parts);
  });
}

test('an argument is forbidden however it spells its dashes', (t) => {
  for (const key of [
    'systemd.debug-shell',
    'systemd.debug_shell',
    'init',
    'rd.break',
    'S',
    'lsm',
  ]) {
    t.true(isForbidden('grub.cmdline.current', key), key);
  }
  t.false(isForbidden('grub.cmdline.current', 'nvme_core.io_timeout'));
});

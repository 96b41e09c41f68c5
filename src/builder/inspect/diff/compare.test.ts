import test from 'ava';
import fc from 'fast-check';
import type { InstalledPackage } from '../../inventory/installed-package.ts';
import { compareAccounts, parseAccounts } from './compare-accounts.ts';
import { compareLists } from './compare-lists.ts';
import { comparePackages } from './compare-packages.ts';
import { keptByNodes } from './kept-by-nodes.ts';

const packageOf = (
  name: string,
  version: string,
  type: 'deb' | 'rpm' = 'rpm',
): InstalledPackage => ({
  ...{ type, name, version, arch: 'x86_64', licenses: [] },
  source: { name, version },
});

test('packages: versions are ordered by the rules of their own package manager', (t) => {
  const changes = comparePackages(
    [packageOf('a', '1.0~rc1-1'), packageOf('b', '1:1.0-1', 'deb')],
    [packageOf('a', '1.0-1'), packageOf('b', '2.0-1', 'deb')],
  );
  t.deepEqual(
    changes.map(({ name, kind }) => [name, kind]),
    [
      ['a', 'upgraded'],
      ['b', 'downgraded'],
    ],
  );
});

test('packages: of one that is there several times, single versions come and go', (t) => {
  const changes = comparePackages(
    [packageOf('kernel', '5.10-1'), packageOf('kernel', '5.10-2')],
    [packageOf('kernel', '5.10-2'), packageOf('kernel', '5.10-3')],
  );
  t.deepEqual(
    changes.map(({ kind, before, after }) => [kind, before, after]),
    [
      ['removed', '5.10-1', null],
      ['added', null, '5.10-3'],
    ],
  );
});

test('lists: what is added one way is removed the other way', (t) => {
  const lists = fc.array(fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(lists, lists, (a, b) => {
      const [there, back] = [compareLists(a, b), compareLists(b, a)];
      t.deepEqual(there.added, back.removed);
      t.deepEqual(there.removed, back.added);
      t.deepEqual(compareLists(a, a), { added: [], removed: [] });
    }),
  );
});

test('accounts: a changed number is found, in passwd and in group', (t) => {
  const before = parseAccounts('root:x:0:0::/:\nnode:x:998:998::/:\n', 'node:x:998:\n');
  const after = parseAccounts('root:x:0:0::/:\nnode:x:997:998::/:\n', 'node:x:996:\n');
  t.deepEqual(compareAccounts(before, after), [
    { kind: 'user', name: 'node', before: 998, after: 997 },
    { kind: 'group', name: 'node', before: 998, after: 996 },
  ]);
});

const CHANGED = [
  '/etc/motd',
  '/etc/ssh/ssh_host_rsa_key',
  '/etc/ssh/sshd_config',
  '/etc/sysctl.d/10-net.conf',
  '/etc/sysctl.conf.d/x',
  '/usr/lib/sysctl.d/x',
];

test('kept by nodes: named items and all below them, whole names only', (t) => {
  const items = ['ssh/ssh_host_*', 'sysctl.d', 'sysctl.conf'];
  t.deepEqual(keptByNodes(CHANGED, { mode: 'named', items }), [
    '/etc/ssh/ssh_host_rsa_key',
    '/etc/sysctl.d/10-net.conf',
  ]);
});

test('kept by nodes: all of /etc where it is mutable', (t) => {
  t.deepEqual(keptByNodes(CHANGED, { mode: 'mutable', items: [] }), CHANGED.slice(0, 5));
});

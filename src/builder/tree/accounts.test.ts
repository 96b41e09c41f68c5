import test from 'ava';
import { identityOf, idOf, planAccounts, type AccountFiles } from './accounts.ts';
import type { TreeEntry } from './tree-entry.ts';

const files: AccountFiles = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\nsync:x:4:65534::/bin:/bin/sync\n',
  shadow: 'root:*:18000:0:99999:7:::\nsync:*:18000:0:99999:7:::\n',
  group: 'root:x:0:\nsudo:x:27:\nshadow:x:42:\n',
  gshadow: 'root:*::\nsudo:*::\nshadow:*::\n',
};
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ada@example';
const ada = { name: 'ada', groups: ['sudo'], shell: '/bin/bash', sshKeys: [key] };

const contentOf = (entries: readonly TreeEntry[], path: string): string => {
  const entry = entries.find((candidate) => candidate.path === path);
  return entry?.kind === 'file' ? String(entry.content) : '';
};

test('a new account gets the first free id, its own group, and a locked password', (t) => {
  const entries = planAccounts([ada], files);
  const passwd = contentOf(entries, '/etc/passwd');
  t.deepEqual(identityOf(passwd, 'ada'), { uid: 1000, gid: 1000, home: '/home/ada' });
  t.is(idOf(contentOf(entries, '/etc/group'), 'ada'), 1000);
  t.regex(contentOf(entries, '/etc/group'), /^sudo:x:27:ada$/m);
  t.regex(contentOf(entries, '/etc/shadow'), /^ada:!::0:99999:7:::$/m);
  t.regex(passwd, /^sync:x:4:65534/m);
});

test('keys stay in the image, where an upgrade can change them, and sshd is told so', (t) => {
  const entries = planAccounts([ada], files);
  t.is(contentOf(entries, '/usr/lib/kubeos/ssh/authorized_keys/ada'), `${key}\n`);
  t.regex(contentOf(entries, '/etc/ssh/sshd_config.d/10-kubeos.conf'), /authorized_keys\/%u/);
  t.false(entries.some(({ path }) => path.startsWith('/home/ada/.ssh')));
});

test('an account that is there keeps its ids and home, and only changes what is written', (t) => {
  const root = { ...ada, name: 'root', groups: [], sshKeys: [], passwordHash: '$6$salt$hash' };
  const entries = planAccounts([root], files);
  t.deepEqual(identityOf(contentOf(entries, '/etc/passwd'), 'root'), {
    uid: 0,
    gid: 0,
    home: '/root',
  });
  t.regex(contentOf(entries, '/etc/shadow'), /^root:\$6\$salt\$hash::/m);
  t.false(entries.some(({ kind }) => kind === 'directory'));
});

test('shadow files belong to the shadow group, and nobody else reads them', (t) => {
  const shadow = planAccounts([ada], files).find(({ path }) => path === '/etc/shadow');
  t.like(shadow, { gid: 42, mode: 0o640 });
});

test('two accounts get two ids, and no date gets in', (t) => {
  const entries = planAccounts([ada, { ...ada, name: 'eve' }], files);
  t.is(identityOf(contentOf(entries, '/etc/passwd'), 'eve')?.uid, 1001);
  t.deepEqual(planAccounts([ada], files), planAccounts([ada], files));
});

test('a chosen id is free: not what a later account asks for, and not a group of the base', (t) => {
  const eve = { ...ada, name: 'eve', uid: 1000 };
  const passwd = contentOf(planAccounts([ada, eve], files), '/etc/passwd');
  t.is(identityOf(passwd, 'ada')?.uid, 1001);
  t.is(identityOf(passwd, 'eve')?.uid, 1000);
  const docker = { ...files, group: `${files.group}docker:x:1000:\n` };
  t.like(identityOf(contentOf(planAccounts([ada], docker), '/etc/passwd'), 'ada'), { gid: 1001 });
});

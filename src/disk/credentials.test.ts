import test from 'ava';
import { findContentFault, findFatFault, findNameFault, findRoomFault } from './credentials.ts';

const PAGE = 4096;

test('names that systemd knows are good', (t) => {
  for (const name of [
    ...['system.hostname', 'network.network.10-node', 'tmpfiles.extra', 'ssh.authorized_keys.root'],
    ...['kubelet.bootstrap-kubeconfig', 'with space', 'a'.repeat(255), '~', 'CON'],
  ]) {
    t.is(findNameFault(name), null, name);
    t.is(findFatFault(name), null, name);
  }
});

for (const [name, why] of [
  ['', /needs a name/],
  ['.hidden', /begin with a dot/],
  ['..', /begin with a dot/],
  ['a:b', /no ":"/],
  ['a/b', /no "\/"/],
  ['gäste', /ASCII/],
  ['new\nline', /ASCII/],
  ['a'.repeat(256), /255 letters at most/],
] as const) {
  test(`systemd takes no credential named ${JSON.stringify(name.slice(0, 20))}`, (t) => {
    t.regex(findNameFault(name) ?? 'taken', why);
  });
}

for (const name of ['a*', 'a?b', 'a|b', 'a<b', 'a>b', 'a"b', 'a\\b', 'dot.', 'space ']) {
  test(`FAT cannot keep the name ${JSON.stringify(name)}`, (t) => {
    t.is(findNameFault(name), null);
    t.regex(findFatFault(name) ?? 'kept', /FAT/);
  });
}

test('1 MiB is the room, and every credential takes whole pages of it', (t) => {
  t.is(findRoomFault([]), null);
  t.is(findRoomFault([2 ** 20]), null);
  t.is(findRoomFault([255 * PAGE, 1]), null);
  t.is(findRoomFault(Array.from({ length: 256 }, () => 0)), null);
  t.regex(findRoomFault([255 * PAGE + 1, 1]) ?? '', /take 1028 KiB in pages of 4 KiB/);
  t.regex(findRoomFault(Array.from({ length: 257 }, () => 0)) ?? '', /room for 1024 KiB/);
});

test('a host name with a newline behind it, which systemd ignores, is found out', (t) => {
  const fault = (name: string): string | null =>
    findContentFault('system.hostname', Buffer.from(name));
  for (const good of ['node-7', 'n', '7', 'node-7.example.org', 'a'.repeat(64)])
    t.is(fault(good), null);
  for (const bad of ['node-7\n', '', '-n', 'n.', 'node 7', 'knödel', 'a'.repeat(65)]) {
    t.regex(fault(bad) ?? 'taken', /printf/, bad);
  }
  t.is(findContentFault('tmpfiles.extra', Buffer.from('any\n')), null);
});

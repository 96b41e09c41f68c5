import test from 'ava';
import { hostMetadata, rootCapability } from './host-metadata.ts';
import { idInside, parseIdMap } from './id-map.ts';
import { planDirectoryRead } from './plan-directory-read.ts';

const runs = parseIdMap('         0       1001          1\n         1     100000      65536\n');
const maps = { uids: runs, gids: runs };
const own = new Map([[1001, '.']]);

test('maps the caller and the subordinate ids of a namespace, and nothing else', (t) => {
  t.is(idInside(runs, 1001), 0);
  t.is(idInside(runs, 100_000), 1);
  t.is(idInside(runs, 165_535), 65_536);
  t.is(idInside(runs, 165_536), undefined);
  t.is(idInside(runs, 0), undefined);
});

test('root sees the true owners', (t) => {
  const scan = { uids: own, gids: own, unreadable: 'etc/shadow' };
  t.deepEqual(planDirectoryRead(scan, { isRoot: true, maps }), { kind: 'asSeen' });
});

test('a tree that is readable is read as the caller, and other owners are kept', (t) => {
  const scan = { uids: new Map([[0, '.']]), gids: own, unreadable: undefined };
  t.deepEqual(planDirectoryRead(scan, { isRoot: false, maps }), { kind: 'mapped', maps });
  const change = hostMetadata('5', maps);
  const entry = { mode: 0o644, uid: 0, gid: 100_041, mtime: '9.5', extended: new Map() };
  t.deepEqual(change(entry), { ...entry, gid: 42, mtime: '5' });
});

test('a tree of own ids that the caller may not read is read inside the namespace', (t) => {
  const scan = { uids: new Map([...own, [100_005, 'etc']]), gids: own, unreadable: 'etc' };
  t.deepEqual(planDirectoryRead(scan, { isRoot: false, maps }), { kind: 'inside' });
});

test('refuses a tree in which the namespace would lose an owner', (t) => {
  const scan = { uids: new Map([...own, [0, 'etc']]), gids: own, unreadable: 'etc/shadow' };
  t.throws(() => planDirectoryRead(scan, { isRoot: false, maps }), {
    code: 'DEFINITION_INVALID',
    message: /may not read etc\/shadow, and etc belongs to user 0/,
  });
});

test('labels of the build host stay out', (t) => {
  const extended = new Map([
    ['SCHILY.xattr.security.selinux', 'unconfined_u:object_r:user_home_t:s0'],
    ['SCHILY.xattr.user.note', 'kept'],
  ]);
  const changed = hostMetadata('5', undefined)({ mode: 0, uid: 0, gid: 0, mtime: '1', extended });
  t.deepEqual([...changed.extended.keys()], ['SCHILY.xattr.user.note']);
});

test('a capability of the namespace becomes one of the image', (t) => {
  const body = Buffer.from('010000030020000000000000000000000000000000000000', 'hex');
  body.writeUInt32LE(1001, 20);
  const changed = rootCapability(body.toString('latin1'), maps);
  t.is(Buffer.from(changed, 'latin1').toString('hex'), '0100000200200000000000000000000000000000');
  body.writeUInt32LE(100_000, 20);
  t.is(rootCapability(body.toString('latin1'), maps), body.toString('latin1'));
});

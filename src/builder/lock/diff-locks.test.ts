import test from 'ava';
import { diffLocks } from './diff-locks.ts';
import { renderLockDiff } from './render-lock-diff.ts';
import type { Lock, LockedAptBase, LockedAptPackage } from './lock-schema.ts';

function aPackage(name: string, version: string, digit = '1'): LockedAptPackage {
  const file = `pool/${name}.deb`;
  return { name, version, arch: 'amd64', size: 1, sha256: digit.repeat(64), file, source: 0 };
}

function aLock(packages: LockedAptPackage[], base: Partial<LockedAptBase> = {}): Lock {
  const source = { uri: 'http://mirror.example/debian', suite: 'trixie', components: ['main'] };
  const signed = { date: '2026-01-01T00:00:00Z', sha256: '0'.repeat(64) };
  return {
    lockVersion: 1,
    name: 'node',
    arch: 'amd64',
    sourceDateEpoch: 1,
    base: {
      type: 'apt',
      suite: 'trixie',
      sources: [{ ...source, ...signed }],
      requested: ['systemd'],
      packages,
      ...base,
    },
  };
}

const systemd = aPackage('systemd', '257.3-1');

test('says what was added, removed, upgraded, downgraded and rebuilt', (t) => {
  const current = aLock([
    aPackage('gone', '1'),
    aPackage('libc6', '2.9'),
    aPackage('same', '1'),
    systemd,
  ]);
  const next = aLock(
    [
      aPackage('libc6', '2.41'),
      aPackage('new', '3'),
      aPackage('same', '1', '2'),
      aPackage('systemd', '257.3~rc1-1'),
    ],
    { requested: ['new', 'systemd'] },
  );
  const diff = diffLocks(current, next);
  t.true(diff.isChanged);
  t.is(
    renderLockDiff(diff),
    `! base requested: systemd -> new, systemd
- gone     1
+ new      3
^ libc6    2.9 -> 2.41
~ same     1 (the same version, other bytes)
v systemd  257.3-1 -> 257.3~rc1-1 (older)
1 upgraded, 1 downgraded, 1 rebuilt, 1 added, 1 removed, 1 of the base changed
`,
  );
});

test('an index signed anew over the same packages changes nothing', (t) => {
  const current = aLock([systemd]);
  const base = current.base.type === 'apt' ? current.base : t.fail();
  const sources = base?.sources.map((source) => ({ ...source, sha256: 'f'.repeat(64) })) ?? [];
  const diff = diffLocks(current, aLock([systemd], { sources }));
  t.false(diff.isChanged);
  t.is(renderLockDiff(diff), 'nothing would change\n');
});

test('another base is a change', (t) => {
  const tar: Lock = { ...aLock([]), base: { type: 'tar', sha256: 'a'.repeat(64) } };
  const other: Lock = { ...aLock([]), base: { type: 'tar', sha256: 'b'.repeat(64) } };
  t.deepEqual(diffLocks(tar, other).base, [
    { field: 'sha256', from: 'a'.repeat(64), to: 'b'.repeat(64) },
  ]);
  t.deepEqual(
    diffLocks(aLock([systemd]), tar).base.map(({ field }) => field),
    ['type', 'suite', 'sources', 'requested', 'sha256'],
  );
});

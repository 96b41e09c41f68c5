import { readFileSync } from 'node:fs';
import test from 'ava';
import { KubeosError } from '../../errors.ts';
import { definitionSchema } from '../definition/schema.ts';
import { assertInstalled } from './assert-installed.ts';
import { assertLockFits } from './assert-lock-fits.ts';
import { lockedPackages, lockSchema, type Lock } from './lock-schema.ts';
import { parseLock } from './parse-lock.ts';
import type { ImageDefinition } from '../definition/schema.ts';

const GOLDEN = new URL('../../../fixtures/inventory/kubeos.lock', import.meta.url);
const lock = parseLock(readFileSync(GOLDEN, 'utf8'), 'kubeos.lock');

function definition(change: object = {}): ImageDefinition {
  return definitionSchema.parse({
    name: 'node',
    version: '1',
    base: { type: 'apt', suite: 'trixie' },
    packages: ['systemd'],
    ...change,
  });
}

test('a lock fits the definition that it was made for', (t) => {
  t.notThrows(() => {
    assertLockFits(lock, definition());
  });
});

const differs = test.macro((t, change: object, fault: string) => {
  const error = t.throws(
    () => {
      assertLockFits(lock, definition(change));
    },
    { instanceOf: KubeosError },
  );
  t.is(error.code, 'LOCK_MISMATCH');
  t.is(error.message, `the lockfile is not of this definition\n${fault}`);
});

test(
  'names packages that were asked for since',
  differs,
  { packages: ['systemd', 'dbus'] },
  'packages: dbus systemd, in the lock systemd',
);
test(
  'names another suite and processor',
  differs,
  { arch: 'arm64', base: { type: 'apt', suite: 'forky' } },
  'arch: arm64, in the lock amd64\nsuite: forky, in the lock trixie',
);
test(
  'names a mirror that was added since',
  differs,
  {
    base: {
      ...{ type: 'apt', suite: 'trixie' },
      sources: [
        { uri: 'http://mirror.example/debian', suites: ['trixie'] },
        { uri: 'http://own.example', suites: ['trixie'] },
      ],
    },
  },
  'sources: http://mirror.example/debian trixie main, http://own.example trixie main, in the lock http://mirror.example/debian trixie main',
);

test('of rpm repositories, their names and addresses have to be the locked ones', (t) => {
  const repository = { id: 'os', baseUrl: 'https://r.example/$releasever/', gpgKey: 'key' };
  const base = { type: 'dnf', release: '24.03', repositories: [repository] };
  const lockedAt = (baseUrl: string): Lock => {
    const repositories = [{ id: 'os', baseUrl, sha256: '0'.repeat(64) }];
    const packages = { requested: ['systemd'], packages: [] };
    return lockSchema.parse({
      ...lock,
      base: { type: 'dnf', release: '24.03', repositories, ...packages },
    });
  };
  t.notThrows(() => assertLockFits(lockedAt('https://r.example/24.03'), definition({ base })));
  t.throws(() => assertLockFits(lockedAt('https://other.example'), definition({ base })), {
    message: /repositories: os https:\/\/r\.example\/24\.03, in the lock os https:\/\/other/,
  });
});
test(
  'names another kind of base',
  differs,
  { base: { type: 'tar', path: 'base.tar' } },
  'base: tar, in the lock apt\nsuite: (none), in the lock trixie\npackages: (none), in the lock systemd',
);

test('the packages of a tree must be the locked ones, all of them and no other', (t) => {
  const source = { name: 'x', version: '1' };
  const installed = lockedPackages(lock).map(({ name, version, arch }) => {
    return { type: 'deb', name, version, arch, source, licenses: [] } as const;
  });
  t.notThrows(() => {
    assertInstalled(installed, lockedPackages(lock));
  });
  const error = t.throws(
    () => {
      assertInstalled(
        installed.map((one) => (one.name === 'systemd' ? { ...one, version: '1' } : one)),
        lockedPackages(lock),
      );
    },
    { instanceOf: KubeosError },
  );
  t.is(error.code, 'BUILD_CHECK_FAILED');
  t.is(
    error.message,
    `the root file system has other packages than the lock
locked, not installed: systemd 1:257.3-1+b1 amd64
installed, not locked: systemd 1 amd64`,
  );
});

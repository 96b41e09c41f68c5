import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import test from 'ava';
import { KubeosError } from '../../errors.ts';
import { formatLock } from './format-lock.ts';
import { lockSchema } from './lock-schema.ts';
import { parseLock } from './parse-lock.ts';
import type { Lock } from './lock-schema.ts';

const GOLDEN = new URL('../../../fixtures/inventory/kubeos.lock', import.meta.url);
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const packageFields = {
  name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,20}$/),
  version: fc.stringMatching(/^(?:[0-9]:)?[0-9][0-9.+~]{0,10}(?:-[0-9+~.]{1,5})?$/),
  arch: fc.constantFrom('amd64', 'all'),
  size: fc.nat(),
  sha256,
  file: fc.constant('pool/main/a/a/a_1.deb'),
};
const key = (one: { name: string; arch: string }): string => `${one.name}:${one.arch}`;
const apt = fc.record({
  type: fc.constant('apt' as const),
  suite: fc.constant('trixie'),
  sources: fc.array(
    fc.record({
      uri: fc.webUrl({ validSchemes: ['http', 'https'] }),
      suite: fc.constantFrom('trixie', 'trixie-security'),
      components: fc.tuple(fc.constant('main')),
      date: fc.constant('2026-01-02T03:04:05Z'),
      sha256,
    }),
    { minLength: 1, maxLength: 2 },
  ),
  requested: fc.array(packageFields.name),
  packages: fc.uniqueArray(fc.record({ ...packageFields, source: fc.constant(0) }), {
    selector: key,
  }),
});
const oci = fc.record({
  type: fc.constant('oci' as const),
  image: fc.string({ minLength: 1, unit: 'grapheme' }),
  digest: sha256.map((hex) => `sha256:${hex}`),
});
const tar = fc.record({ type: fc.constantFrom('tar' as const, 'directory' as const), sha256 });
const lock: fc.Arbitrary<Lock> = fc.record({
  lockVersion: fc.constant(1 as const),
  name: fc.constantFrom('node', '1.10', 'true'),
  arch: fc.constantFrom('amd64' as const, 'arm64' as const),
  sourceDateEpoch: fc.nat(),
  base: fc.oneof(apt, oci, tar),
});

test('a lock comes back from its text, and the text does not depend on the order of packages', (t) => {
  fc.assert(
    fc.property(lock, (one) => {
      const text = formatLock(one);
      const back = parseLock(text, 'kubeos.lock');
      t.is(formatLock(back), text);
      t.deepEqual(lockSchema.parse(back), back);
      if (one.base.type !== 'apt') return t.deepEqual(back, one);
      const reversed = { ...one.base, packages: one.base.packages.toReversed() };
      return t.is(formatLock({ ...one, base: reversed }), text);
    }),
  );
  t.pass();
});

const GOOD = formatLock({
  lockVersion: 1,
  name: 'node',
  arch: 'amd64',
  sourceDateEpoch: 1700000000,
  base: {
    type: 'apt',
    suite: 'trixie',
    sources: [
      {
        uri: 'http://mirror.example/debian',
        suite: 'trixie',
        components: ['main'],
        date: '2026-01-02T03:04:05Z',
        sha256: '0'.repeat(64),
      },
    ],
    requested: ['systemd'],
    packages: ['zlib1g', 'systemd'].map((name) => ({
      name,
      version: '1:257.3-1+b1',
      arch: 'amd64',
      size: 1234,
      sha256: '1'.repeat(64),
      file: `pool/main/x/${name}_257.3-1+b1_amd64.deb`,
      source: 0,
    })),
  },
});

test('the text has one package a line, sorted', (t) => {
  t.is(GOOD, readFileSync(GOLDEN, 'utf8'));
});

const rejects = test.macro({
  exec(t, change: (text: string) => string, message: string) {
    const error = t.throws(() => parseLock(change(GOOD), 'images/kubeos.lock'), {
      instanceOf: KubeosError,
    });
    t.is(error.code, 'DEFINITION_INVALID');
    t.is(error.message, message);
  },
  title: (name = '') => `points at ${name}`,
});

test(
  'a value of the wrong form',
  rejects,
  (text) => text.replace('size: 1234', 'size: -1'),
  'images/kubeos.lock:15:72: base.packages.0.size: Too small: expected number to be >=0',
);
test(
  'every fault of a text',
  rejects,
  (text) => text.replace('lockVersion: 1', 'lockVersion: 2').replace('"trixie"', '7'),
  `images/kubeos.lock:3:14: lockVersion: Invalid input: expected 1
images/kubeos.lock:9:10: base.suite: Invalid input: expected string, received number`,
);
test(
  'an unknown key, by its parent',
  rejects,
  (text) => text.replace('arch: "amd64"\n', 'arch: "amd64"\ncomment: x\n'),
  'images/kubeos.lock:3:1: Unrecognized key: "comment"',
);
test(
  'a source that is not listed',
  rejects,
  (text) => text.replace('source: 0', 'source: 3'),
  'images/kubeos.lock:15:212: base.packages.0.source: there is no source 3 in base.sources',
);
test(
  'text that is no YAML',
  rejects,
  (text) => text.replace('arch: "amd64"', 'arch: "amd64'),
  'images/kubeos.lock:6:1: deficient indentation',
);
test(
  'a path that leads out of its source',
  rejects,
  (text) => text.replace('pool/main/x/systemd', 'pool/../../systemd'),
  'images/kubeos.lock:15:161: base.packages.0.file: a path below its source',
);

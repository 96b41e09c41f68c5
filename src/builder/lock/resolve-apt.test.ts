import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { ARCHIVE_KEYRING, OTHER_KEYRING, serveArchive } from '../../../test/serve-archive.ts';
import { KubeosError } from '../../errors.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { resolveApt } from './resolve-apt.ts';
import type { ErrorCode } from '../../errors.ts';
import type { AptSource } from '../definition/base-schema.ts';
import type { LockedAptBase } from './lock-schema.ts';

const commands = hostCommands({ signal: new AbortController().signal });

async function resolve(
  packages: readonly string[],
  source: Partial<AptSource> & { readonly uri: string; readonly suite?: string },
): Promise<LockedAptBase> {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const { suite = 'test', ...own } = source;
  const sources = [{ keyring: ARCHIVE_KEYRING, suites: [suite], components: ['main'], ...own }];
  const request = { directory: directory.path, arch: 'amd64' as const, suite, sources, packages };
  return await resolveApt(request, commands);
}

test('locks the Essential packages, the asked ones and what they depend on, by digest', async (t) => {
  await using archive = await serveArchive();
  const base = await resolve(['wanted'], archive);
  t.deepEqual(
    base.packages.map(({ name, version, arch, file }) => [name, version, arch, file]),
    [
      ['always', '1.0', 'all', 'pool/main/always_1.0_all.deb'],
      ['libplus++', '1:2.0-1+b1', 'amd64', 'pool/main/libplus++_2.0-1+b1_amd64.deb'],
      ['wanted', '3.1~rc1', 'amd64', 'pool/main/wanted_3.1~rc1_amd64.deb'],
    ],
  );
  t.is(base.packages[0]?.size, 544);
  t.is(
    base.packages[0]?.sha256,
    'b07149d5eb1c58760fd668dc58bb3a845378bcf39e98e294a4df89d1f0a91258',
  );
});

test('records which state of the archive was read', async (t) => {
  await using archive = await serveArchive();
  const { sources, requested } = await resolve(['wanted'], { uri: `${archive.uri}/` });
  const [source] = sources;
  t.is(sources.length, 1);
  t.is(source?.date, '2026-01-03T10:20:30Z');
  t.regex(source?.sha256 ?? '', /^[0-9a-f]{64}$/);
  t.deepEqual(requested, ['wanted']);
});

const fails = test.macro(
  async (
    t,
    expected: { packages?: readonly string[]; keyring?: string; suite?: string; uri?: string },
    outcome: { code: ErrorCode; message: RegExp },
  ) => {
    await using archive = await serveArchive();
    const { packages = ['wanted'], ...source } = expected;
    const error = await t.throwsAsync(resolve(packages, { uri: archive.uri, ...source }), {
      instanceOf: KubeosError,
    });
    t.is(error.code, outcome.code);
    t.regex(error.message, outcome.message);
    t.truthy(error.hint);
  },
);

test(
  'names every package that no source has',
  fails,
  { packages: ['missing-one', 'wanted', 'missing-two'] },
  { code: 'DEFINITION_INVALID', message: /package missing-one\n.*package missing-two/ },
);
test(
  'takes no name for a pattern, as apt-get does with a dot in it',
  fails,
  { packages: ['wante.'] },
  { code: 'DEFINITION_INVALID', message: /Unable to locate package wante\./ },
);
test(
  'says why a package cannot be installed',
  fails,
  { packages: ['broken'] },
  { code: 'DEFINITION_INVALID', message: /broken : Depends: nowhere \(>= 7\)/ },
);
test(
  'refuses an archive that another key signed',
  fails,
  { keyring: OTHER_KEYRING },
  { code: 'NETWORK', message: /is not signed|public key is not available|NO_PUBKEY/ },
);
test(
  'refuses a suite that the archive does not have',
  fails,
  { suite: 'absent' },
  { code: 'NETWORK', message: /absent Release' does not have a Release file/ },
);
test(
  'refuses lists that are no longer valid',
  fails,
  { suite: 'frozen' },
  { code: 'NETWORK', message: /frozen\/InRelease is expired/ },
);
test('takes lists of a frozen mirror where the definition says so', async (t) => {
  await using archive = await serveArchive();
  const frozen = { uri: archive.uri, suite: 'frozen', checkValidUntil: false };
  t.is((await resolve(['wanted'], frozen)).packages.length, 3);
});
test(
  'says when nobody answers',
  fails,
  { uri: 'http://127.0.0.1:9' },
  { code: 'NETWORK', message: /127\.0\.0\.1/ },
);

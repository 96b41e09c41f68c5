import test from 'ava';
import { provenanceSchema } from './provenance-schema.ts';
import { formatProvenance } from './provenance.ts';
import type { ProvenanceInput } from './provenance.ts';

const digest = (digit: string): string => digit.repeat(64);

const INPUT: ProvenanceInput = {
  kubeosVersion: '1.2.3',
  definition: [
    { name: 'kubeos.yaml', sha256: digest('1') },
    { name: 'files/motd', sha256: digest('2') },
  ],
  overrides: { version: '7' },
  lockSha256: digest('3'),
  sourceDateEpoch: 1700000000,
  tools: { sgdisk: '1.0.9', mke2fs: '1.47.0' },
  dependencies: [
    {
      name: 'libc6',
      uri: 'pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc',
      sha256: digest('4'),
      downloadLocation: 'http://mirror.example/debian/pool/main/g/glibc/libc6_2.41-12_amd64.deb',
    },
    { name: 'base.tar', sha256: digest('5') },
  ],
  artifacts: [
    { name: 'image.zst', sha256: digest('7') },
    { name: 'disk.raw', sha256: digest('6') },
  ],
};

test('states what came out of what, by digest', (t) => {
  const statement = provenanceSchema.parse(JSON.parse(formatProvenance(INPUT)));
  t.deepEqual(statement.subject, [
    { name: 'disk.raw', digest: { sha256: digest('6') } },
    { name: 'image.zst', digest: { sha256: digest('7') } },
  ]);
  const { buildDefinition, runDetails } = statement.predicate;
  t.deepEqual(buildDefinition.externalParameters, {
    definition: [
      { name: 'files/motd', digest: { sha256: digest('2') } },
      { name: 'kubeos.yaml', digest: { sha256: digest('1') } },
    ],
    overrides: { version: '7' },
    lock: { sha256: digest('3') },
  });
  t.deepEqual(buildDefinition.internalParameters.tools, { sgdisk: '1.0.9', mke2fs: '1.47.0' });
  t.deepEqual(
    buildDefinition.resolvedDependencies.map(({ name }) => name),
    ['base.tar', 'libc6'],
  );
  t.regex(buildDefinition.buildType, /\/v1\.2\.3\/docs\/reference\/provenance\.md$/);
  t.is(runDetails.builder.id, `${buildDefinition.buildType}#builder`);
});

test('the same inputs give the same bytes, in whatever order they come', (t) => {
  const other = {
    ...INPUT,
    definition: INPUT.definition.toReversed(),
    dependencies: INPUT.dependencies.toReversed(),
    artifacts: INPUT.artifacts.toReversed(),
    tools: { mke2fs: '1.47.0', sgdisk: '1.0.9' },
  };
  t.is(formatProvenance(other), formatProvenance(INPUT));
});

test('has nothing of when or where it was made', (t) => {
  t.notRegex(formatProvenance(INPUT), /invocationId|startedOn|finishedOn|metadata/);
});

test('a build without a lock says so', (t) => {
  const { lockSha256: _, ...rest } = INPUT;
  const statement = provenanceSchema.parse(JSON.parse(formatProvenance(rest)));
  t.is(statement.predicate.buildDefinition.externalParameters.lock, null);
});

test('refuses what no verifier would take', (t) => {
  t.throws(() => formatProvenance({ ...INPUT, artifacts: [] }));
  t.throws(() => formatProvenance({ ...INPUT, artifacts: [{ name: 'disk.raw', sha256: 'ABC' }] }));
  t.throws(() => formatProvenance({ ...INPUT, builderId: 'a laptop' }));
});

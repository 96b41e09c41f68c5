import { appendFile, mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { KubeosError } from '../../errors.ts';
import { encodePackHeader } from '../pack/pack-format.ts';
import { checkExpiry } from './check-expiry.ts';
import { haltRelease, resumeRelease } from './halt-release.ts';
import { initRepository } from './init-repository.ts';
import { findRelease, listReleases } from './list-releases.ts';
import { publishRelease } from './publish-release.ts';
import { refreshRepository } from './refresh-repository.ts';
import { retireRelease } from './retire-release.ts';
import { setChannel } from './set-channel.ts';
import { showRelease } from './show-release.ts';
import { testKey } from './testing/test-keys.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { later, makeTestRepository, testPublisher, testRoot } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-repository-'));

test('releases are listed with channels and halts, and found by what people call them', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const digests = [];
  for (const version of ['1.0.0', '1.0.1']) {
    const { folder, digest } = await makeTestRelease(dir.path, version, 0.1);
    await publishRelease({ ...publisher, folder, packs: [] });
    digests.push(digest);
  }
  const [first = '', second = ''] = digests;
  await setChannel({ ...publisher, channel: 'stable', release: first });
  await haltRelease({ ...publisher, release: second, reason: 'kernel panics' });

  const releases = await listReleases(publisher);
  const versions = releases.map((release) => (release.isHere ? release.version : 'not here'));
  t.deepEqual(versions.toSorted(), ['1.0.0', '1.0.1']);
  t.is(findRelease(releases, 'stable').digest, first);
  t.is(findRelease(releases, '1.0.1').digest, second);
  t.is(findRelease(releases, second.slice(0, 20)).digest, second);
  t.true(findRelease(releases, second).isHalted);
  t.throws(() => findRelease(releases, '2.0.0'), { code: 'USAGE' });
  t.like(await showRelease(publisher, 'stable'), { isHalted: false, haltReason: null });
  t.like(await showRelease(publisher, second), { isHalted: true, haltReason: 'kernel panics' });
  t.is((await showRelease(publisher, 'stable')).manifest.version, '1.0.0');
  await t.throwsAsync(retireRelease({ ...publisher, release: first }), {
    message: /the channel stable leads to/,
  });
});

test('a halt needs its own key and the online keys, and is lifted again', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  await publishRelease({ ...publisher, folder, packs: [] });
  const request = { ...publisher, release: digest, reason: 'kernel panics' };
  const signedBy = (...words: string[]) => ({ signers: words.map(testKey) });

  await t.throwsAsync(
    haltRelease({ ...request, ...signedBy('targets', 'snapshot', 'timestamp') }),
    {
      code: 'USAGE',
      message: /role halt/,
    },
  );
  const online = signedBy('halt', 'snapshot', 'timestamp');
  const halted = await haltRelease({ ...request, ...online });
  t.deepEqual([...halted.repository.halted], [digest]);
  t.false((await haltRelease({ ...request, ...online })).isChanged);
  const resumed = await resumeRelease({ ...request, ...online });
  t.deepEqual([...resumed.repository.halted], []);
});

test('a channel moves, goes away, and leads only to what is listed', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  await publishRelease({ ...publisher, folder, packs: [] });
  const beta = { ...publisher, channel: 'beta' };
  await t.throwsAsync(setChannel({ ...beta, release: `sha256:${'0'.repeat(64)}` }), {
    code: 'USAGE',
  });
  await t.throwsAsync(setChannel({ ...beta, channel: '../x', release: digest }), { code: 'USAGE' });
  t.is((await setChannel({ ...beta, release: digest })).repository.channels.get('beta'), digest);
  t.false((await setChannel({ ...beta, release: digest })).isChanged);
  t.is((await setChannel({ ...beta, release: null })).repository.channels.size, 0);
});

test('check tells of half a life and of an end, and refresh gives a new one with the online keys', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const states = async (days: number) => {
    const found = await checkExpiry({ ...publisher, now: later(days) });
    return Object.fromEntries(found.map(({ role, state }) => [role, state]));
  };
  const good = { root: 'good', timestamp: 'good', snapshot: 'good', targets: 'good', halt: 'good' };
  t.deepEqual(await states(1), good);
  t.like(await states(4), { timestamp: 'past half life', snapshot: 'good' });
  t.like(await states(8), { timestamp: 'ended' });

  const signers = ['snapshot', 'timestamp'].map(testKey);
  const first = await refreshRepository({ ...publisher, signers, now: later(8) });
  t.is(first.repository.snapshot.version, 1);
  t.deepEqual(await states(8), good);
  const second = await refreshRepository({ ...publisher, signers, now: later(16) });
  t.is(second.repository.snapshot.version, 2);
  t.is(second.repository.targets.version, 1);
  const third = await refreshRepository({ ...publisher, now: later(16), renewTargets: true });
  t.like(third.repository.known, { targets: 2, halt: 2 });
});

test('another release of one version, other files of one release, another repository in one place: refused', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const first = await makeTestRelease(path.join(dir.path, 'a'), '1.0.0', 0.1);
  const second = await makeTestRelease(path.join(dir.path, 'b'), '1.0.0', 0.2);
  await publishRelease({ ...publisher, folder: first.folder, packs: [] });
  await t.throwsAsync(publishRelease({ ...publisher, folder: second.folder, packs: [] }), {
    code: 'USAGE',
    message: /published already/,
  });
  await appendFile(path.join(first.folder, 'boot.cfg'), '# another');
  await t.throwsAsync(publishRelease({ ...publisher, folder: first.folder, packs: [] }), {
    code: 'USAGE',
    message: /published with another .*boot\.cfg/,
  });
  const other = await testPublisher(path.join(dir.path, 'r'), { now: later(1) });
  await t.throwsAsync(initRepository({ ...other, root: await testRoot(later(1)) }), {
    code: 'USAGE',
  });
});

test('a key that is missing is told before anything is stored', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { folder } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  const signers = ['targets', 'timestamp'].map(testKey);
  await t.throwsAsync(publishRelease({ ...publisher, signers, folder, packs: [] }), {
    code: 'USAGE',
    message: /role snapshot/,
  });
  t.is(await publisher.store.size('metadata/2.targets.json'), null);
});

test('what a server lost or spoilt is reported, and put back by publishing again', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  const published = await publishRelease({ ...publisher, folder, packs: [] });
  const [release] = published.repository.releases;
  await rm(path.join(dir.path, 'r', release?.image.path ?? ''));
  await writeFile(path.join(dir.path, 'r', release?.blocks.path ?? ''), 'cut');
  const found = await verifyPublished({ ...publisher, depth: 'sizes' });
  t.deepEqual([found.missing, found.damaged], [[release?.image.path], [release?.blocks.path]]);
  t.true((await publishRelease({ ...publisher, folder, packs: [] })).isChanged);
  t.deepEqual((await verifyPublished({ ...publisher, depth: 'bytes' })).complete, [digest]);
});

test('bytes that were spoilt without a change of length are put back by publishing again', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  const { repository } = await publishRelease({ ...publisher, folder, packs: [] });
  const image = path.join(dir.path, 'r', repository.releases[0]?.image.path ?? '');
  const bytes = await readFile(image);
  await writeFile(image, bytes.fill(0, 100, 200));
  t.true((await publishRelease({ ...publisher, folder, packs: [] })).isChanged);
  t.deepEqual((await verifyPublished({ ...publisher, depth: 'bytes' })).complete, [digest]);
});

test('a release whose manifest is lost is listed as not here, and published again or retired by its digest', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const first = await makeTestRelease(dir.path, '1.0.0', 0.1);
  const second = await makeTestRelease(dir.path, '1.0.1', 0.1);
  const publish = async ({ folder }: { folder: string }) =>
    await publishRelease({ ...publisher, folder, packs: [] });
  const { repository } = await publish(first);
  const manifest = path.join(dir.path, 'r', repository.releases[0]?.manifest.path ?? '');

  await rm(manifest);
  const [absent] = await listReleases(publisher);
  t.like(absent, { isHere: false, digest: first.digest });
  await t.throwsAsync(showRelease(publisher, first.digest), { code: 'RELEASE_INVALID' });
  const error = await t.throwsAsync(publish(second), { code: 'RELEASE_INVALID' });
  t.regex(error instanceof KubeosError ? (error.hint ?? '') : '', /again.*retire/);
  t.true((await publish(first)).isChanged);
  t.like(await listReleases(publisher), [{ isHere: true, version: '1.0.0' }]);

  await writeFile(manifest, 'spoilt');
  const found = findRelease(await listReleases(publisher), first.digest.slice(0, 20));
  await retireRelease({ ...publisher, release: found.digest });
  await publish(second);
  t.like(await listReleases(publisher), [{ isHere: true, version: '1.0.1' }]);
});

test('a delta pack is listed with its base, added to a release that is there, and refused elsewhere', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const base = await makeTestRelease(dir.path, '1.0.0', 0.1);
  const next = await makeTestRelease(dir.path, '1.0.1', 0.1);
  const pack = path.join(dir.path, 'pack.kdp');
  const header = encodePackHeader({
    baseBytes: base.manifest.image.size,
    baseSha256: base.manifest.image.sha256,
    imageBytes: next.manifest.image.size,
    imageSha256: next.manifest.image.sha256,
    tableBytes: 1,
    tableFrameBytes: 10,
  });
  await writeFile(pack, Buffer.concat([header, Buffer.alloc(100)]));
  const request = { ...publisher, folder: next.folder, packs: [pack] };

  await t.throwsAsync(publishRelease(request), { message: /starts from an image of no published/ });
  await publishRelease({ ...publisher, folder: base.folder, packs: [] });
  await publishRelease({ ...request, packs: [] });
  const { repository } = await publishRelease(request);
  const release = repository.releases.find(({ digest }) => digest === next.digest);
  t.deepEqual(
    release?.deltas.map((delta) => delta.base),
    [base.digest],
  );
  t.false((await publishRelease(request)).isChanged);
  await t.throwsAsync(publishRelease({ ...publisher, folder: base.folder, packs: [pack] }), {
    message: /leads to the image of another release/,
  });
  const retired = await retireRelease({ ...publisher, release: base.digest });
  t.deepEqual(retired.repository.releases[0]?.deltas, []);
});

import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { resolveOciBase, writeOciBase } from '../oci-base.ts';
import { testRequest } from '../testing/base-request.ts';
import {
  type TestManifest,
  writeIndex,
  writeJson,
  writeTestLayout,
  writeTestManifest,
} from '../testing/write-test-image.ts';

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-oci-'));
const base = (image: string) => ({ type: 'oci', image }) as const;
const blobOf = ({ mediaType, digest, size }: TestManifest) => ({ mediaType, digest, size });

test('takes the image of the architecture, for which nothing is executed', async (t) => {
  await using scratch = await temporary();
  const layout = path.join(scratch.path, 'image');
  await writeTestLayout(layout, { layers: [] });
  const image = (architecture: string) => ({
    architecture,
    layers: [[{ name: 'arch', content: architecture }]],
  });
  const amd64 = await writeTestManifest(layout, image('amd64'));
  const newer = await writeTestManifest(layout, { layers: [[{ name: 'arch', content: 'v3' }]] });
  const arm64 = await writeTestManifest(layout, image('arm64'));
  const platform = (architecture: string, variant?: string) => ({
    platform: { os: 'linux', architecture, variant },
  });
  const index = 'application/vnd.oci.image.index.v1+json';
  const attestation = {
    ...blobOf(amd64),
    digest: `sha256:${'0'.repeat(64)}`,
    platform: { os: 'unknown', architecture: 'unknown' },
  };
  const nested = await writeJson(layout, index, {
    schemaVersion: 2,
    manifests: [
      { ...blobOf(newer), ...platform('amd64', 'v3') },
      { ...blobOf(amd64), ...platform('amd64') },
      { ...blobOf(arm64), ...platform('arm64', 'v8') },
      attestation,
    ],
  });
  await writeIndex(layout, [nested]);
  for (const [arch, { digest }] of [
    ['amd64', amd64],
    ['arm64', arm64],
  ] as const) {
    const request = { ...(await testRequest(base('image'), scratch.path, arch)), arch };
    t.is(await resolveOciBase(request), digest);
    await writeOciBase(request);
    t.true((await readFile(request.output)).includes(arch));
  }
  const pinned = await testRequest(base(`image@${nested.digest}`), scratch.path);
  t.is(await resolveOciBase(pinned), amd64.digest);
  const exact = await testRequest(base(`image@${newer.digest}`), scratch.path);
  t.is(await resolveOciBase(exact), newer.digest);
});

test('says which images there are when none fits, or more than one', async (t) => {
  await using scratch = await temporary();
  const layout = path.join(scratch.path, 'image');
  const one = await writeTestLayout(layout, { layers: [] });
  const other = await writeTestManifest(layout, { layers: [[{ name: 'x' }]] });
  const request = await testRequest(base('image'), scratch.path);

  const none = await t.throwsAsync(writeOciBase({ ...request, arch: 'arm64' }), {
    code: 'DEFINITION_INVALID',
  });
  t.is(none.message, 'image holds no image for linux/arm64');
  t.like(none, { hint: `it holds test linux/amd64 ${one.digest}` });

  await writeIndex(layout, [blobOf(one), blobOf(other)]);
  const several = await t.throwsAsync(writeOciBase(request), {
    message: /holds 2 images for linux\/amd64/,
  });
  t.regex(JSON.stringify(several), new RegExp(`${one.digest}.*${other.digest}`));
  const pinned = await testRequest(base(`image@${other.digest}`), scratch.path, 'pinned');
  t.is((await writeOciBase(pinned)).inputs[0]?.sha256, other.digest.replace('sha256:', ''));
});

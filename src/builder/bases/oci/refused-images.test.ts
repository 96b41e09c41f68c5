import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { writeOciBase } from '../oci-base.ts';
import { testRequest } from '../testing/base-request.ts';
import {
  blobFile,
  digestOf,
  type TestImage,
  writeIndex,
  writeJson,
  writeTestLayout,
} from '../testing/write-test-image.ts';
import type { TestMember } from '../testing/write-test-tar.ts';

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-oci-'));
const base = (image: string) => ({ type: 'oci', image }) as const;
const directory = (name: string): TestMember => ({ name, type: 'directory' });

test('uses nothing of an image in which one byte is another', async (t) => {
  await using scratch = await temporary();
  const layout = path.join(scratch.path, 'image');
  const manifest = await writeTestLayout(layout, { layers: [[{ name: 'a' }]] });
  for (const { digest } of [...manifest.layers, manifest.config, manifest]) {
    const file = blobFile(layout, digest);
    const whole = await readFile(file);
    await writeFile(file, whole.with(20, (whole[20] ?? 0) ^ 1));
    const request = await testRequest(base('image'), scratch.path, digest);
    await t.throwsAsync(writeOciBase(request), {
      code: 'BUILD_CHECK_FAILED',
      message: /expected sha256:/,
    });
    await t.throwsAsync(readFile(request.output), { code: 'ENOENT' });
    await writeFile(file, whole);
  }
});

test('a layer that unpacks to something else than the configuration says is refused', async (t) => {
  await using scratch = await temporary();
  const layout = path.join(scratch.path, 'image');
  const { layers, mediaType } = await writeTestLayout(layout, { layers: [[{ name: 'a' }]] });
  const type = 'application/vnd.oci.image.config.v1+json';
  const rootfs = { type: 'layers', diff_ids: [digestOf(Buffer.from('other'))] };
  const config = await writeJson(layout, type, { architecture: 'amd64', os: 'linux', rootfs });
  const changed = await writeJson(layout, mediaType, {
    schemaVersion: 2,
    mediaType,
    config,
    layers,
  });
  await writeIndex(layout, [changed]);
  const request = await testRequest(base('image'), scratch.path);
  await t.throwsAsync(writeOciBase(request), {
    code: 'BUILD_CHECK_FAILED',
    message: /layer 1 of 1 of image, unpacked, is sha256:.*, expected sha256:/,
  });
});

for (const [title, layers] of [
  ['a name that climbs out', [[{ name: '../x' }]]],
  [
    'a file below a symbolic link of a lower layer',
    [[{ name: 'l', type: 'symlink', target: '/' }], [{ name: 'l/x' }]],
  ],
  [
    'a whiteout below a symbolic link',
    [[{ name: 'l', type: 'symlink', target: '/' }], [{ name: 'l/.wh.x' }]],
  ],
  ['a whiteout of the parent', [[directory('d/')], [{ name: 'd/.wh...' }]]],
  [
    'a hard link to what the same layer took away',
    [[{ name: 'a' }], [{ name: '.wh.a' }, { name: 'b', type: 'hardlink', target: 'a' }]],
  ],
] as const satisfies readonly (readonly [string, TestImage['layers']])[]) {
  test(`refuses ${title}`, async (t) => {
    await using scratch = await temporary();
    await writeTestLayout(path.join(scratch.path, 'image'), { layers });
    const request = await testRequest(base('image'), scratch.path);
    await t.throwsAsync(writeOciBase(request), {
      code: 'BUILD_CHECK_FAILED',
      message: /is refused/,
    });
    await t.throwsAsync(readFile(request.output), { code: 'ENOENT' });
  });
}

test('says what is wrong with a path that is no image, and how to pin one in a registry', async (t) => {
  await using scratch = await temporary();
  await mkdir(path.join(scratch.path, 'empty'));
  const made = async (image: string) =>
    await writeOciBase(await testRequest(base(image), scratch.path));
  const code = 'DEFINITION_INVALID';
  await t.throwsAsync(made('nowhere.tar'), { code, message: /nowhere.tar is not there/ });
  await t.throwsAsync(made('empty'), { code, message: /holds no image/ });
  await t.throwsAsync(made('image@sha256:12'), { code, message: /broken digest/ });
  const error = await t.throwsAsync(made('ghcr.io/x/y:1.2'), { code, message: /is not pinned/ });
  t.regex(JSON.stringify(error), /write ghcr\.io\/x\/y@sha256:…; `skopeo inspect/);
});

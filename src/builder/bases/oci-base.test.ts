import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { writeOciBase } from './oci-base.ts';
import { testRequest } from './testing/base-request.ts';
import { listTar, listTree, privileged, removeTree } from './testing/list-tree.ts';
import { type TestImage, writeTestLayout } from './testing/write-test-image.ts';
import type { TestMember } from './testing/write-test-tar.ts';

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-oci-'));
const base = (image: string) => ({ type: 'oci', image }) as const;

const CAPABILITY =
  '\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00';
const capable = new Map([['SCHILY.xattr.security.capability', CAPABILITY]]);
const directory = (name: string): TestMember => ({ name, type: 'directory' });

/** Three layers in which everything happens that a layer can do to those below. */
const STORY: TestImage = {
  layers: [
    [
      directory('etc/'),
      { name: 'etc/passwd', content: 'root\n' },
      { name: 'etc/gone', content: 'gone' },
      { name: 'etc/shadow', content: 'root:*\n', mode: 0, gid: 42 },
      directory('usr/'),
      { name: 'usr/ping', content: 'ping of layer 1', mode: 0o755, extended: capable },
      { name: 'usr/ping6', type: 'hardlink', target: 'usr/ping' },
      { name: 'bin', type: 'symlink', target: 'usr' },
      directory('opt/'),
      { name: 'opt/lower', content: 'hidden by an opaque whiteout' },
      directory('opt/sub/'),
      { name: 'opt/sub/lower', content: 'hidden too' },
      directory('becomes-file/'),
      { name: 'becomes-file/x' },
      { name: 'becomes-directory', content: 'x' },
    ],
    [
      directory('etc/'),
      { name: 'etc/.wh.gone' },
      { name: 'etc/.wh.never-there' },
      directory('usr/'),
      // The other name keeps what layer 1 put there.
      { name: 'usr/ping', content: 'ping of layer 2', mode: 0o755 },
      { name: 'usr/linked-below', type: 'hardlink', target: 'etc/passwd' },
      { name: 'opt/', type: 'directory', mode: 0o700, uid: 60_000 },
      { name: 'opt/before', content: 'before the whiteout' },
      { name: 'opt/.wh..wh..opq' },
      { name: 'opt/after', content: 'after it' },
      { name: 'becomes-file', content: 'file' },
      directory('becomes-directory/'),
      { name: 'becomes-directory/inside', content: 'y' },
    ],
    [
      directory('etc/'),
      // The link of layer 2 keeps the old content; the last of two members of one name counts.
      { name: 'etc/passwd', content: 'not this' },
      { name: 'etc/passwd', content: 'root of layer 3\n', mode: 0o600 },
      directory('long/'.repeat(40)),
      {
        name: `${'long/'.repeat(40)}${'n'.repeat(200)}`,
        content: 'ü',
        mtime: '1600000000.123456789',
      },
      { name: 'gr\xc3\xbc\xc3\x9fe', content: 'UTF-8' },
    ],
  ],
};

test('flattens layers as umoci unpacks them', async (t) => {
  await using scratch = await temporary();
  const layout = path.join(scratch.path, 'image');
  await writeTestLayout(layout, STORY);
  const request = await testRequest(base('image'), scratch.path);
  const { commands } = request;

  await writeOciBase(request);

  const theirs = path.join(scratch.path, 'theirs');
  const args = ['raw', 'unpack', '--image', `${layout}:test`, theirs];
  await commands.run(privileged({ tool: 'umoci', args }));
  const ours = await listTar(request.output, path.join(scratch.path, 'ours'), commands);
  t.deepEqual(comparable(ours), comparable(await listTree(theirs, commands)));
  await removeTree(theirs, commands);
  t.true(ours.some((line) => line.startsWith('usr/ping6 security.capability=0x0100000200200000')));
  t.true(ours.some((line) => line.startsWith('./opt d 700 60000:0')));
  t.false(ours.some((line) => line.includes('opt/lower') || line.includes('etc/gone')));
});

/** umoci gives directories that no layer describes the time at which it makes them, we 1970. */
function comparable(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/^(\.|\.(?:\/long){1,39}) d (\d+ \S+) \S+/, '$1 d $2'));
}

test('how layers are packed does not matter', async (t) => {
  await using scratch = await temporary();
  await writeTestLayout(path.join(scratch.path, 'one'), STORY);
  const packing = ['zstd', 'none', 'zstd'] as const;
  await writeTestLayout(path.join(scratch.path, 'two'), { ...STORY, packing });
  const one = await testRequest(base('one'), scratch.path, '1');
  const two = await testRequest(base('two'), scratch.path, '2');
  await writeOciBase(one);
  await writeOciBase(two);
  t.true((await readFile(one.output)).equals(await readFile(two.output)));
});

test('an archive, packed or not, and what skopeo makes of it, give the same bytes', async (t) => {
  await using scratch = await temporary();
  const layout = path.join(scratch.path, 'image');
  const { digest } = await writeTestLayout(layout, STORY);
  const first = await testRequest(base('image'), scratch.path, '0');
  const { commands } = first;
  const { inputs } = await writeOciBase(first);
  t.deepEqual(inputs, [{ uri: 'image', sha256: digest.replace('sha256:', ''), name: 'image' }]);

  const archive = path.join(scratch.path, 'image.tar');
  const packed = ['index.json', 'oci-layout', 'blobs'];
  await commands.run({ tool: 'tar', args: ['-cf', archive, '-C', layout, ...packed] });
  await commands.run({ tool: 'zstd', args: ['--quiet', archive] });
  const copies = ['oci:', 'oci-archive:', 'docker-archive:'].map(
    (kind) => `${kind}${kind.slice(0, -1)}`,
  );
  for (const copy of copies) {
    const [transport = '', name = ''] = copy.split(':');
    const target = `${transport}:${path.join(scratch.path, name)}${transport === 'oci' ? '' : ':kubeos/test:1'}`;
    const args = ['--insecure-policy', 'copy', `oci:${layout}:test`, target];
    const environment = { TMPDIR: scratch.path };
    await commands.run({ tool: 'skopeo', args, environment });
  }

  for (const image of ['image.tar', 'image.tar.zst', 'oci', 'oci-archive', 'docker-archive']) {
    const request = await testRequest(base(image), scratch.path, `from-${image}`);
    await writeOciBase(request);
    t.true((await readFile(request.output)).equals(await readFile(first.output)), image);
  }
});

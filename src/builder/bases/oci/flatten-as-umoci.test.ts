import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { applyEntry } from '../layers/apply-entry.ts';
import { type DirectoryNode, emptyDirectory, findDirectory } from '../layers/root-tree.ts';
import { writeOciBase } from '../oci-base.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { testRequest } from '../testing/base-request.ts';
import { listTar, listTree, privileged, removeTree } from '../testing/list-tree.ts';
import { writeTestLayout } from '../testing/write-test-image.ts';
import { isFile, type TestMember } from '../testing/write-test-tar.ts';

/** Few names, so that layers meet in them often. */
const name = fc.constantFrom('a', 'b', 'c');
const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

const metadata = {
  mode: fc.constantFrom(0o644, 0o755, 0o4755, 0o000),
  uid: fc.constantFrom(0, 42, 60_000),
  gid: fc.constantFrom(0, 7),
  mtime: fc.constantFrom('1', '1600000000'),
  extended: fc.constantFrom(new Map(), new Map([['SCHILY.xattr.user.note', 'kept']])),
};

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...metadata,
      type: fc.constant('file' as const),
      content: name,
      name: place,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ ...metadata, type: fc.constant('directory' as const), name: place }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('symlink' as const), target: place, name: place }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('hardlink' as const), target: place, name: place }),
  },
  { weight: 2, arbitrary: place.map((hidden) => ({ name: hidden.replace(/[^/]+$/, '.wh.$&') })) },
  {
    weight: 1,
    arbitrary: place.map((hidden) => ({ name: hidden.replace(/[^/]+$/, '.wh..wh..opq') })),
  },
);

const stack = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 4,
});

/**
 * What of the steps can be unpacked, with every folder on the way described first, as tools that compare file
 * systems write it, and links with the metadata of what they lead to.
 */
function possible(layers: readonly (readonly TestMember[])[]): readonly (readonly TestMember[])[] {
  const root = emptyDirectory(0);
  return layers.map((steps, layer) => {
    let members: readonly TestMember[] = [];
    for (const one of steps) {
      const all = [...foldersOf(one.name, members), withTarget(root, one)];
      const impossible = all.findIndex((member) => !isApplied(root, member, layer));
      members = [...members, ...all.slice(0, impossible === -1 ? all.length : impossible)];
    }
    return members;
  });
}

function foldersOf(name: string, before: readonly TestMember[]): readonly TestMember[] {
  const parts = name.split('/').slice(0, -1);
  return parts
    .map((_, at) => parts.slice(0, at + 1).join('/'))
    .filter((folder) => before.findLast((member) => member.name === folder)?.type !== 'directory')
    .map((folder) => ({ name: folder, type: 'directory', mtime: '2' }));
}

function withTarget(root: DirectoryNode, member: TestMember): TestMember {
  if (member.type !== 'hardlink') return member;
  const [last = '', ...parents] = member.target.split('/').toReversed();
  const node = attempt(() => findDirectory(root, parents.toReversed())?.children.get(last));
  if (node?.kind !== 'leaf') return member;
  const { mode, uid, gid, mtime } = node.inode;
  return { ...member, mode, uid, gid, mtime };
}

function isApplied(root: DirectoryNode, member: TestMember, layer: number): boolean {
  const defaults = { mode: 0o644, uid: 0, gid: 0, mtime: '0', extended: new Map<string, string>() };
  const entry: TarEntry = isFile(member)
    ? { ...defaults, ...member, type: 'file', size: 0, content: [] }
    : { ...defaults, ...member };
  // umoci removes what has the name first, and then misses it.
  if (member.type === 'hardlink' && `${member.target}/`.startsWith(`${member.name}/`)) return false;
  return attempt(() => applyEntry(root, entry, { layer, whiteouts: true }) ?? true) ?? false;
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

test('flattens any stack of layers as umoci unpacks it', async (t) => {
  await using scratch = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-umoci-'));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(stack, async (steps) => {
      run += 1;
      const image = `image-${run}`;
      const layout = path.join(scratch.path, image);
      await writeTestLayout(layout, {
        layers: possible(steps),
        packing: ['none', 'gzip', 'none', 'gzip'],
      });
      const request = await testRequest(
        { type: 'oci', image } as const,
        scratch.path,
        `root-${run}`,
      );
      const { commands } = request;
      await writeOciBase(request);
      const theirs = path.join(scratch.path, `theirs-${run}`);
      const args = ['raw', 'unpack', '--image', `${layout}:test`, theirs];
      await commands.run(privileged({ tool: 'umoci', args }));
      const expected = await listTree(theirs, commands);
      await removeTree(theirs, commands);
      const ours = await listTar(request.output, path.join(scratch.path, `ours-${run}`), commands);
      t.deepEqual(withoutFolderTimes(ours), withoutFolderTimes(expected));
    }),
    { numRuns: 12 },
  );
});

/**
 * umoci changes a folder's time when it takes something out of it, which no layer asks for, and gives the root,
 * which no layer describes here, a time of its own.
 */
function withoutFolderTimes(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/^(\S+ d \d+ \S+) \S+/, '$1'));
}

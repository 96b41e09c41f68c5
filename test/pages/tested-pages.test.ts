import { mkdir, mkdtempDisposable, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { makeTestDisk } from '../../src/builder/inspect/testing/make-test-disk.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import { readPages } from './page.ts';
import { isTested, runPage, type Difference } from './run-page.ts';

/** What is there before the first block of a page: what readers of it have from a page before. */
const GIVEN: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  'docs/guides/first-image.md': async () => undefined,
  'docs/guides/publishing.md': async (folder) => await giveReleases(folder, ['1.4.1', '1.4.2']),
  'docs/guides/keys.md': async (folder) => await giveReleases(folder, ['1.4.2']),
  'docs/guides/recover.md': async (folder) => await giveDisk(folder, 'disk'),
  'docs/guides/first-boot.md': async (folder) => await giveDisk(folder, 'disk.raw'),
  'docs/guides/air-gap.md': async (folder) => await giveReleases(folder, ['1.4.1', '1.4.2']),
};

/** That of a node, made in a second. */
async function giveDisk(folder: string, name: string): Promise<void> {
  const commands = hostCommands({ signal: new AbortController().signal });
  const { disk } = await makeTestDisk(path.join(folder, '.node'), {}, commands);
  await symlink(disk, path.join(folder, name));
}

/** As `kubeos build` leaves them: the last one in `out`, the one before in `old`. */
async function giveReleases(folder: string, versions: readonly string[]): Promise<void> {
  for (const [index, version] of versions.toReversed().entries()) {
    const { folder: made } = await makeTestRelease(folder, version);
    const output = path.join(folder, index === 0 ? 'out' : 'old');
    await mkdir(output);
    await rename(made, path.join(output, 'release'));
  }
}

const tested = (await readPages()).filter(isTested);

test('the guides that need no machine and no cluster are run', (t) => {
  const files = new Set(tested.map(({ file }) => file));
  t.deepEqual(
    Object.keys(GIVEN).filter((file) => !files.has(file)),
    [],
  );
});

for (const page of tested) {
  test(`${page.file} does what it shows, in that order`, async (t) => {
    await using dir = await mkdtempDisposable('/var/tmp/kubeos-page-');
    await GIVEN[page.file]?.(dir.path);
    t.deepEqual(await runPage(page, dir.path), []);
  });
}

const fence = (label: string, text: string): string => `\`\`\`${label}\n${text}\n\`\`\`\n`;

async function differencesOf(...blocks: readonly string[]): Promise<readonly Difference[]> {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-page-');
  return await runPage({ file: 'x.md', text: blocks.join('\n') }, dir.path);
}

test('a block that ends or prints otherwise than its page says is found out, with its line', async (t) => {
  const right = fence('sh test', 'echo one; echo two');
  t.deepEqual(await differencesOf(right, fence('text output', '…\nt…o')), []);
  t.like(await differencesOf(right, fence('text output', 'one')), [{ place: 'x.md:6' }]);
  t.like(await differencesOf(fence('sh test', 'false; true')), [{ place: 'x.md:2' }]);
  t.deepEqual(await differencesOf(fence('sh test exit=3', 'exit 3')), []);
  t.deepEqual(await differencesOf(fence('sh', 'false')), []);
  const file = fence('yaml test file=a.yaml', 'a: 1');
  t.deepEqual(await differencesOf(file, fence('sh test', 'grep a a.yaml')), []);
});

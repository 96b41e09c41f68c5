import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { loadCredentials } from './load-credentials.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-credentials-'));

async function fill(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(directory, name), text);
  }
}

async function refusal(directory: string): Promise<string> {
  const error: unknown = await loadCredentials(directory).catch((refused: unknown) => refused);
  if (error instanceof Error && 'code' in error && error.code === 'USAGE') return error.message;
  throw new Error('it was taken, or failed otherwise', { cause: error });
}

test('each file of the folder is a credential of its name', async (t) => {
  await using directory = await temporary();
  await fill(directory.path, { 'tmpfiles.extra': 'd /run/x\n', 'system.hostname': 'node-7' });
  const loaded = [...(await loadCredentials(directory.path))];
  t.deepEqual(
    loaded.map(([name, content]) => [name, Buffer.from(content).toString()]),
    [
      ['system.hostname', 'node-7'],
      ['tmpfiles.extra', 'd /run/x\n'],
    ],
  );
});

test('everything that is wrong is said at once, by name, and nothing of what is in it', async (t) => {
  await using directory = await temporary();
  await fill(directory.path, {
    ...{ '.DS_Store': 'secret', 'a:b': 'secret', 'dot.': 'secret', 'gäste\n': 'secret' },
    ...{ Token: 'secret', token: 'secret', 'system.hostname': 'secret\n' },
  });
  await mkdir(path.join(directory.path, 'folder'));
  await symlink('Token', path.join(directory.path, 'link'));
  t.is(
    await refusal(directory.path),
    `${directory.path} does not hold credentials:
  .DS_Store: a name may not begin with a dot
  Token: FAT does not tell it from token
  a:b: a name has no ":" and no "/"
  dot.: FAT cuts off a dot or a space at the end
  folder: it is no file, or a link to one
  g?ste?: a name has printable letters of ASCII only
  link: it is no file, or a link to one
  token: FAT does not tell it from Token
  system.hostname: no host name: letters, digits, "-" and ".", 64 at most, and no newline behind it (printf, not echo)`,
  );
});

test('more than systemd has room for is refused, and not read', async (t) => {
  await using directory = await temporary();
  await fill(directory.path, { large: 'x'.repeat(2 ** 20), small: 'x', 'a:b': 'x' });
  t.is(
    await refusal(directory.path),
    `${directory.path} does not hold credentials:
  a:b: a name has no ":" and no "/"
  together they take 1032 KiB in pages of 4 KiB, systemd has room for 1024 KiB`,
  );
});

test('a folder that is empty, or not there, is a mistake', async (t) => {
  await using directory = await temporary();
  t.regex(await refusal(directory.path), /it is empty$/);
  t.regex(await refusal(path.join(directory.path, 'gone')), /gone cannot be read: ENOENT/);
});

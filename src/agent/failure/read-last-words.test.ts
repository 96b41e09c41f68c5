import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { CommandReader } from '../command-runner.ts';
import { readLastWords } from './read-last-words.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-words-'));
const id = (digit: string): string => digit.repeat(32);
const withDashes = (digit: string): string =>
  [8, 4, 4, 4, 12].map((length) => digit.repeat(length)).join('-');

/** journalctl of a node with these boots; the words of a boot are its id. */
const journal =
  (list: string): CommandReader =>
  async (_, args) => {
    if (args.includes('--list-boots')) return { exitCode: 0, stdout: list };
    const boot = args.find((arg) => arg.startsWith('--boot='))?.slice(7, 9) ?? '';
    const kind = args.includes('--priority=err') ? 'error' : 'line';
    return { exitCode: 0, stdout: `[    1.0] x[1]: ${kind} of ${boot}\n` };
  };

const OLD = ['a', 'b', 'c', 'd'].map(
  (digit, index) =>
    `${String(index - 3).padStart(2)} ${id(digit)} Sat 2026-11-28 15:00:00 UTC—Sat 2026-11-28 15:01:00 UTC`,
);
const NEW = ['IDX BOOT ID  FIRST ENTRY LAST ENTRY', ...OLD];
const trial = { activatedIn: withDashes('a'), current: withDashes('d') };

for (const [name, list] of Object.entries({ OLD, NEW })) {
  test(`the last boot between activation and now is read (list of the ${name} form)`, async (t) => {
    await using dir = await temporary();
    const places = { panics: dir.path, bootedAt: 0 };
    const words = await readLastWords(trial, places, journal(list.join('\n')));
    t.deepEqual(words, {
      reason: 'x[1]: error of cc',
      lines: ['[    1.0] x[1]: error of cc', '[    1.0] x[1]: line of cc'],
    });
  });
}

test('boots before the trial are not taken for it', async (t) => {
  await using dir = await temporary();
  const places = { panics: dir.path, bootedAt: 0 };
  const nothing = { reason: null, lines: [] };
  for (const list of [[OLD[0], OLD[3]], [OLD[1], OLD[3]], [OLD[3]], [], ['no journal files']]) {
    const words = await readLastWords(trial, places, journal(list.join('\n')));
    t.deepEqual(words, nothing, list.join('\n'));
  }
  const failing: CommandReader = async () => ({ exitCode: null, stdout: '' });
  t.deepEqual(await readLastWords(trial, places, failing), nothing);
});

test('a panic that was found in this boot is read, an older one is not', async (t) => {
  await using dir = await temporary();
  await mkdir(path.join(dir.path, '174000'));
  await writeFile(
    path.join(dir.path, '174000/dmesg.txt'),
    'Panic#1 Part1\n<0>[    9.0] Kernel panic - not syncing: no\n<4>[    9.1] trace\n',
  );
  const panic = '<0>[    9.0] Kernel panic - not syncing: no';
  const found = await readLastWords(trial, { panics: dir.path, bootedAt: 0 }, journal(''));
  t.deepEqual(found, { reason: 'Kernel panic - not syncing: no', lines: [panic] });
  const later = { panics: dir.path, bootedAt: Date.now() + 60_000 };
  t.deepEqual((await readLastWords(trial, later, journal(''))).lines, []);
});

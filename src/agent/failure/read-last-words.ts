import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CommandReader } from '../command-runner.ts';
import { lastWordsOf, type LastWords } from './last-words.ts';
import { parseBootList, trialBoots, type TrialPlace } from './trial-boots.ts';

export interface WordPlaces {
  /** Where systemd moves what a panic left with the firmware (systemd-pstore.service(8)). */
  readonly panics: string;
  /** Milliseconds since 1970; what was moved before this boot was told of before it. */
  readonly bootedAt: number;
}

/** What the boots of a trial that failed left in the journal and with the firmware. Never throws. */
export async function readLastWords(
  trial: TrialPlace,
  places: WordPlaces,
  read: CommandReader,
): Promise<LastWords> {
  const { stdout } = await read('journalctl', ['--list-boots', '--quiet', '--no-pager']);
  const boot = trialBoots(parseBootList(stdout), trial).at(-1);
  return lastWordsOf({
    errors: boot === undefined ? [] : await journalOf(boot, ['--priority=err'], read),
    last: boot === undefined ? [] : await journalOf(boot, [], read),
    panic: await readPanic(places),
  });
}

const LINES = 12;

async function journalOf(
  boot: string,
  args: readonly string[],
  read: CommandReader,
): Promise<readonly string[]> {
  const form = ['--quiet', '--no-pager', '--output=short-monotonic', '--no-hostname'];
  const { stdout } = await read('journalctl', [
    ...[`--boot=${boot}`, `--lines=${LINES}`, ...form],
    ...args,
  ]);
  return stdout.split('\n').filter((line) => line !== '');
}

const MAX_PANIC_BYTES = 2 ** 18;

/** The newest dump of this start. */
async function readPanic({ panics, bootedAt }: WordPlaces): Promise<readonly string[]> {
  const found = (await dumpsIn(panics)).filter(({ time }) => time >= bootedAt);
  const [newest] = found.toSorted((one, other) => other.time - one.time);
  if (newest === undefined) return [];
  const text = await readEnd(newest.file).catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^(?:Panic|Oops)#\d+ Part\d+$/.test(line));
}

interface Dump {
  readonly file: string;
  readonly time: number;
}

async function dumpsIn(folder: string): Promise<readonly Dump[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const dumps = names.filter((name) => path.basename(name).startsWith('dmesg'));
  const found = dumps.map(async (name): Promise<readonly Dump[]> => {
    const file = path.join(folder, name);
    const about = await stat(file).catch(() => null);
    return about?.isFile() === true ? [{ file, time: about.mtimeMs }] : [];
  });
  return (await Promise.all(found)).flat();
}

async function readEnd(file: string): Promise<string> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(Math.min(size, MAX_PANIC_BYTES));
  await handle.read(bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString('utf8');
}

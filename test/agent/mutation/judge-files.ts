import { cp, mkdir, mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { replaceFile } from '../../../src/disk/replace-file.ts';
import {
  loadMetadataCache,
  saveMetadataCache,
  type MetadataState,
} from '../../../src/release/fetch/metadata-cache.ts';
import { fileCrashStates } from './file-crash-states.ts';
import { recordFileSteps } from './record-file-steps.ts';

/** Something that replaces what is kept in a directory, and what is found there. */
interface FileScenario {
  readonly name: string;
  readonly save: (directory: string, version: number) => Promise<void>;
  /** @returns the version that is there whole; null for none */
  readonly load: (directory: string) => Promise<number | null>;
}

const KEYS = { timestamp: ['a'.repeat(64)], snapshot: ['a'.repeat(64)], targets: ['a'.repeat(64)] };

const stateOf = (version: number): MetadataState => ({
  known: { root: 1, timestamp: version, snapshot: version, targets: version, halt: 0, keys: KEYS },
  issuedAfter: version,
});

/** Two files of a set, as long as real ones. */
const filesOf = (version: number): ReadonlyMap<string, Uint8Array> =>
  new Map(
    ['timestamp.json', `${version}.targets.json`].map((name) => [
      name,
      Buffer.alloc(2000, `${version}`),
    ]),
  );

const SCENARIOS: readonly FileScenario[] = [
  {
    name: 'keeping metadata',
    save: async (directory, version) =>
      await saveMetadataCache(directory, stateOf(version), filesOf(version)),
    async load(directory) {
      const { state, read } = await loadMetadataCache(directory);
      if (state === null) return null;
      const version = state.known.timestamp;
      for (const [name, bytes] of filesOf(version)) {
        const found = await read(name, 4000);
        if (found === null || !Buffer.from(found).equals(bytes)) return null;
      }
      return version;
    },
  },
  {
    name: 'keeping a result',
    save: async (directory, version) =>
      await replaceFile(
        path.join(directory, 'result'),
        JSON.stringify({ version, words: 'x'.repeat(500) }),
      ),
    async load(directory) {
      try {
        return (
          JSON.parse(await readFile(path.join(directory, 'result'), 'utf8')) as { version: number }
        ).version;
      } catch {
        return null;
      }
    },
  },
];

/** The first state in which neither the old nor the new one is there whole, or in which the new one is not, and was saved. */
async function violationOf({ name, save, load }: FileScenario): Promise<string | null> {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-file-cuts-'));
  const before = path.join(dir.path, 'before');
  const live = path.join(dir.path, 'live');
  await mkdir(before);
  await save(before, 1);
  await cp(before, live, { recursive: true, verbatimSymlinks: true });
  const steps = await recordFileSteps(live, async () => await save(live, 2));
  let count = 0;
  for (const state of fileCrashStates(steps)) {
    count += 1;
    const after = path.join(dir.path, `after-${count}`);
    await cp(before, after, { recursive: true, verbatimSymlinks: true });
    await state.make(after);
    const found = await load(after);
    const isDone = state.name.startsWith(`after ${steps.length} `);
    if (found !== 2 && (found !== 1 || isDone)) return `${name}, ${state.name}: version ${found}`;
    await save(after, 3);
    if ((await load(after)) !== 3) return `${name}, ${state.name}: the next one is not kept`;
  }
  return null;
}

// Prints the first violation; nothing where there is none.
for (const scenario of SCENARIOS) {
  const violation = await violationOf(scenario);
  if (violation === null) continue;
  process.stdout.write(`${violation}\n`);
  break;
}

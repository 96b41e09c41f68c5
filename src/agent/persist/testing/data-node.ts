import { cp, mkdir, mkdtempDisposable, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openPositional } from '../../../disk/positional-file.ts';
import { KubeosError } from '../../../errors.ts';
import { makeRecordFile } from '../../node/open-node-disk.ts';
import type { DataContext, DataOutcome, OtherRelease } from '../data-context.ts';
import { realDataFiles } from '../data-files.ts';
import { readDataJournal, type DataJournal, type RanRelease } from '../data-journal.ts';
import { settleData } from '../settle-data.ts';
import type { StateItem } from '../state-rules.ts';
import { takeDataBack } from '../take-data-back.ts';
import { Cut, FailingFiles, type CutPlan } from './failing-files.ts';

export const ITEMS: readonly StateItem[] = [
  { name: 'app', paths: ['/var/lib/app'], onRollback: 'keep' },
  { name: 'kubelet', paths: ['/var/lib/kubelet/cpu', '/data/kubelet'], onRollback: 'moveAside' },
];

export function release(version: string, change: Partial<RanRelease> = {}): RanRelease {
  return {
    digest: `sha256:${version.replaceAll('.', '').padEnd(64, '0')}`,
    ...{ version, epoch: Number(version[0]), dataEpoch: 0, items: { app: null, kubelet: null } },
    ...change,
  };
}

export interface DataBoot {
  readonly running: RanRelease;
  readonly isTrial?: boolean;
  readonly other: RanRelease | null;
  readonly isOtherCommitted?: boolean;
  readonly cut?: CutPlan;
  /** A hook fails. */
  readonly isHookBad?: boolean;
  readonly freeBytes?: number;
  /** cp(1) finds no room. */
  readonly isCopyBad?: boolean;
}

/** PERSIST of a node, in a directory: only what services' data needs. */
export class DataNode implements AsyncDisposable {
  readonly #directory: string;
  readonly #remove: () => Promise<void>;

  constructor(directory: string, remove: () => Promise<void>) {
    this.#directory = directory;
    this.#remove = remove;
  }

  get persist(): string {
    return path.join(this.#directory, 'persist');
  }

  /** Another one with the same content. */
  async copy(): Promise<DataNode> {
    const other = await startDataNode();
    await rm(other.persist, { recursive: true });
    await cp(this.persist, other.persist, { recursive: true });
    return other;
  }

  /** A service writes, as releases see the path. */
  async write(place: string, text: string): Promise<void> {
    const file = this.#live(place);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  async remove(place: string): Promise<void> {
    await rm(this.#live(place), { recursive: true });
  }

  /** Null where there is nothing. */
  async read(place: string): Promise<string | null> {
    return await readFile(this.#live(place), 'utf8').catch(() => null);
  }

  /** What was moved aside and may be looked for, by path. */
  async readAside(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    const kept = path.join(this.persist, 'kubeos/state');
    for (const file of await readdir(kept, { recursive: true, withFileTypes: true })) {
      const place = path.join(file.parentPath, file.name);
      const inside = /aside-\w+\/tree(.*)/.exec(place)?.[1];
      if (file.isFile() && inside !== undefined) found[inside] = await readFile(place, 'utf8');
    }
    return found;
  }

  #live(place: string): string {
    return path.join(this.persist, place.startsWith('/var/') ? place : `directories${place}`);
  }

  /** What happens before services start. @returns null where power was cut */
  async boot(boot: DataBoot): Promise<DataOutcome | null> {
    return await this.#with(boot, settleData);
  }

  /** What happens when services have stopped. */
  async leave(boot: DataBoot): Promise<string | null> {
    return await this.#with(boot, takeDataBack);
  }

  async journal(): Promise<DataJournal | null> {
    await using file = await openPositional(this.#journalFile);
    return await readDataJournal(file);
  }

  get #journalFile(): string {
    return path.join(this.persist, 'kubeos/state/journal');
  }

  /** Effects of the last boot. */
  effects = 0;

  async #with<T>(boot: DataBoot, run: (context: DataContext) => Promise<T>): Promise<T | null> {
    await mkdir(path.dirname(this.#journalFile), { recursive: true });
    await makeRecordFile(this.#journalFile);
    const failing = new FailingFiles(boot.cut ?? null);
    await using file = await openPositional(this.#journalFile, { isWritable: true });
    try {
      return await run(contextOf(boot, this.persist, { failing, file }));
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      await failing.afterCut();
      return null;
    } finally {
      this.effects = failing.count;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
  }
}

export async function startDataNode(): Promise<DataNode> {
  const directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-data-'));
  await mkdir(path.join(directory.path, 'persist/var/lib'), { recursive: true });
  return new DataNode(directory.path, async () => await directory.remove());
}

interface Parts {
  readonly failing: FailingFiles;
  readonly file: Parameters<FailingFiles['journal']>[0];
}

function contextOf(boot: DataBoot, persist: string, { failing, file }: Parts): DataContext {
  const { running, isTrial = false, freeBytes, isCopyBad = false } = boot;
  const { files } = failing;
  const failingCopy = realDataFiles(async () => ({ exitCode: 1, stdout: '' })).copy;
  return {
    ...{ running, isTrial, other: otherOf(boot) },
    files: {
      ...files,
      ...(freeBytes === undefined ? {} : { freeBytes: async () => freeBytes }),
      ...(isCopyBad ? { copy: failingCopy } : {}),
    },
    places: { persist, kept: path.join(persist, 'kubeos/state') },
    journal: failing.journal(file),
    rules: { dataEpoch: running.dataEpoch, items: itemsOf(running) },
    hooks: hooksOf(boot, failing),
    now: () => new Date(1e12),
  };
}

function itemsOf({ items }: RanRelease): StateItem[] {
  return ITEMS.map((item) => {
    const version = items[item.name];
    return version == null ? item : { ...item, version };
  });
}

function otherOf({ other, isOtherCommitted = false }: DataBoot): OtherRelease | null {
  if (other === null) return null;
  return { digest: other.digest, dataEpoch: other.dataEpoch, isCommitted: isOtherCommitted };
}

/** They say in the data which way it went. */
function hooksOf({ isHookBad = false }: DataBoot, failing: FailingFiles): DataContext['hooks'] {
  return {
    find: async (direction, epoch) => `${direction}/${epoch}`,
    run: async (program, [root = '']) => {
      const file = path.join(root, 'var/lib/app/db');
      failing.wrote(file);
      const before = await readFile(file, 'utf8');
      await writeFile(file, `${before} ${program}`);
      await rm(path.join(root, 'var/lib/kubelet'), { recursive: true, force: true });
      if (isHookBad) throw new KubeosError('COMMAND_FAILED', `${program} ended with 1`);
    },
  };
}

import { cp, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PositionalFile } from '../../../disk/positional-file.ts';
import { realDataFiles, type DataFiles } from '../data-files.ts';

/** Power is cut. */
export class Cut extends Error {}

/** In the middle of the effect, or just after it. */
export type CutMoment = 'half' | 'after';

export interface CutPlan {
  /** Which effect, from 1. */
  readonly at: number;
  readonly moment: CutMoment;
}

/**
 * Files on a real directory, where power is cut at one effect. What was written and not flushed is empty after that, as
 * ext4 leaves it, whatever it was renamed to.
 */
export class FailingFiles {
  readonly #plan: CutPlan | null;
  readonly #unflushed = new Set<string>();
  #count = 0;
  #isOff = false;

  constructor(plan: CutPlan | null) {
    this.#plan = plan;
  }

  /** How many effects there were. */
  get count(): number {
    return this.#count;
  }

  readonly files: DataFiles = {
    ...realDataFiles(async () => await Promise.reject(new Error('nothing is run'))),
    freeBytes: async () => 2 ** 30,
    write: async (file, text) =>
      await this.#effect(
        async () => {
          this.#unflushed.add(file);
          await writeFile(file, text);
        },
        async () => await writeFile(file, text.slice(0, text.length / 2)),
      ),
    makeDirectory: async (directory) =>
      await this.#effect(async () => await realDataFiles(none).makeDirectory(directory)),
    copy: async (from, to) =>
      await this.#effect(async () => {
        this.#unflushed.add(to);
        await cp(from, to, { recursive: true });
      }),
    remove: async (place) =>
      await this.#effect(
        async () => {
          this.#forget(place);
          await rm(place, { recursive: true, force: true });
        },
        async () => await removeSome(place),
      ),
    rename: async (from, to) =>
      await this.#effect(async () => {
        for (const one of this.#below(from)) {
          this.#unflushed.delete(one);
          this.#unflushed.add(to + one.slice(from.length));
        }
        await rename(from, to);
      }),
    flushTree: async (place) => await this.#effect(async () => this.#forget(place)),
    flushNames: async () => await this.#effect(async () => undefined),
  };

  /** The journal's file; what was not flushed of it is damaged by a cut. */
  journal(file: PositionalFile): PositionalFile {
    return {
      ...file,
      write: async (bytes, position) =>
        await this.#effect(
          async () => await file.write(bytes, position),
          async () => await file.write(Buffer.alloc(bytes.length / 2, 'torn'), position),
        ),
      flush: async () => await this.#effect(async () => undefined),
    };
  }

  /** What something else wrote, which nothing has flushed. */
  wrote(place: string): void {
    this.#unflushed.add(place);
  }

  /** What is left of unflushed files. */
  async afterCut(): Promise<void> {
    for (const place of this.#unflushed) await emptyFiles(place);
  }

  async #effect(
    whole: () => Promise<unknown>,
    half: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    if (this.#isOff) throw new Cut();
    this.#count += 1;
    if (this.#count !== this.#plan?.at) return void (await whole());
    this.#isOff = true;
    if (this.#plan.moment === 'half') await half();
    if (this.#plan.moment === 'after') await whole();
    throw new Cut();
  }

  #below(place: string): readonly string[] {
    return [...this.#unflushed].filter((one) => one === place || one.startsWith(`${place}/`));
  }

  #forget(place: string): void {
    for (const one of this.#below(place)) this.#unflushed.delete(one);
  }
}

const none = async () => await Promise.reject(new Error('nothing is run'));

async function removeSome(place: string): Promise<void> {
  const status = await stat(place).catch(() => null);
  if (status?.isDirectory() !== true) return;
  // The order of names in a directory is any.
  const last = (await readdir(place)).toSorted().at(-1);
  if (last !== undefined) await rm(path.join(place, last), { recursive: true });
}

async function emptyFiles(place: string): Promise<void> {
  const status = await stat(place).catch(() => null);
  if (status === null) return;
  if (status.isFile()) return await truncate(place, 0);
  for (const name of await readdir(place)) await emptyFiles(path.join(place, name));
}

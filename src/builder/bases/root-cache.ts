import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moveFile } from '../../disk/move-file.ts';
import { canonicalJson, type JsonValue } from '../../release/canonical-json.ts';

/** What a root file system was made from: name of the ingredient → its value. Equal ingredients, equal tar. */
export type Ingredients = Readonly<Record<string, JsonValue>>;

export type CacheAnswer =
  | { readonly kind: 'hit'; readonly file: string }
  | { readonly kind: 'miss'; readonly file: string; readonly because: string };

export interface RootCache {
  /** Where the tar for these ingredients is, or should be put, and why it is not there. */
  look(ingredients: Ingredients): Promise<CacheAnswer>;
  /** Moves a finished tar into its place. */
  keep(ingredients: Ingredients, tarFile: string): Promise<string>;
}

/** A content-addressed cache of root file systems. `subject` is the image they are for: it remembers its last one, to say what changed. */
export function openRootCache(directory: string, subject: string): RootCache {
  const roots = path.join(directory, 'roots');
  const last = path.join(roots, `${subject}.json`);
  const fileOf = (ingredients: Ingredients): string =>
    path.join(roots, `${keyOf(ingredients)}.tar`);
  return {
    async look(ingredients) {
      const file = fileOf(ingredients);
      if (await exists(file)) return { kind: 'hit', file };
      return { kind: 'miss', file, because: whatChanged(await readLast(last), ingredients) };
    },
    async keep(ingredients, tarFile) {
      await mkdir(roots, { recursive: true });
      await moveFile(tarFile, fileOf(ingredients));
      await writeFile(`${last}.${process.pid}`, canonicalJson(ingredients));
      await rename(`${last}.${process.pid}`, last);
      return fileOf(ingredients);
    },
  };
}

function keyOf(ingredients: Ingredients): string {
  return createHash('sha256').update(canonicalJson(ingredients)).digest('hex');
}

/** The reason for a miss in a person's words: which ingredients differ from the last time. */
export function whatChanged(before: Ingredients | undefined, now: Ingredients): string {
  if (before === undefined) return 'it was never made here';
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].toSorted();
  const changes = names.filter((name) => textOf(before[name]) !== textOf(now[name]));
  if (changes.length === 0) return 'it was removed from the cache';
  const shown = changes
    .slice(0, 3)
    .map((name) => `${name} ${textOf(before[name])} → ${textOf(now[name])}`);
  const more = changes.length > 3 ? ` and ${changes.length - 3} more` : '';
  return `${shown.join(', ')}${more}`;
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : canonicalJson(value);
}

async function readLast(file: string): Promise<Ingredients | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isIngredients(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isIngredients(value: unknown): value is Ingredients {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

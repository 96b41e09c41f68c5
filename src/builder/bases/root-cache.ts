import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moveFile } from '../../disk/move-file.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { markUsed, removeUnused } from '../../host/unused-files.ts';
import { canonicalJson, type JsonValue } from '../../release/canonical-json.ts';
import { sha256Of } from '../build/sha256-of.ts';
import type { ToolVersions } from '../provenance/tool-versions.ts';

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

/**
 * A content-addressed cache of root file systems; one that nobody has used for a week goes when another one comes. `subject` is
 * the image they are for: it remembers its last one, to say what changed.
 */
export function openRootCache(directory: string, subject: string): RootCache {
  const roots = path.join(directory, 'roots');
  const last = path.join(roots, `${subject}.json`);
  const fileOf = (ingredients: Ingredients): string =>
    path.join(roots, `${keyOf(ingredients)}.tar`);
  return {
    async look(ingredients) {
      const file = fileOf(ingredients);
      const kept = await ifThere(readFile(digestFileOf(file), 'utf8'));
      const found = kept === undefined ? undefined : await ifThere(digestLine(file));
      if (found === undefined) {
        return { kind: 'miss', file, because: whatChanged(await readLast(last), ingredients) };
      }
      // tar ends well, with files left out, where a run of zeros looks to it like the end of an archive.
      if (found !== kept) return { kind: 'miss', file, because: 'the cached one is damaged' };
      await Promise.all([file, digestFileOf(file)].map(markUsed));
      return { kind: 'hit', file };
    },
    async keep(ingredients, tarFile) {
      const file = fileOf(ingredients);
      await using scratch = await openScratch(roots);
      const staged = path.join(scratch.path, 'staged');
      // The cache may be on another file system; then it is copied.
      await moveFile(tarFile, staged);
      // The digest goes first and comes last: a tar that has one was there in full.
      await rm(digestFileOf(file), { force: true });
      await moveFile(staged, file);
      await writeFile(staged, await digestLine(file));
      await moveFile(staged, digestFileOf(file));
      await writeFile(staged, canonicalJson(ingredients));
      await moveFile(staged, last);
      // Hundreds of megabytes each, and one more with each change of a package.
      await removeUnused(roots, (name) => /\.tar(\.sha256)?$/.test(name));
      return file;
    },
  };
}

/** Tools as ingredients: another version may install in another way. */
export function toolIngredients(names: readonly string[], tools: ToolVersions): Ingredients {
  return Object.fromEntries(names.map((name) => [`tool ${name}`, tools[name] ?? null]));
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

const digestFileOf = (file: string): string => `${file}.sha256`;

/** As `sha256sum -c` reads it. */
async function digestLine(file: string): Promise<string> {
  return `${await sha256Of(file)}  ${path.basename(file)}\n`;
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

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

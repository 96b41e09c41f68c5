import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export interface Page {
  /** Below the project. */
  readonly file: string;
  readonly text: string;
}

/** What stands between two fences. */
export interface Block {
  /** After the fence: `sh`, `sh test`, `yaml`, or nothing. */
  readonly label: string;
  /** Without the spaces that indent it. */
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** All pages of the project, by name. */
export async function readPages(): Promise<Page[]> {
  const files = await Array.fromAsync(glob(['*.md', 'docs/**/*.md'], { cwd: PROJECT }));
  return await Promise.all(files.toSorted().map(readPage));
}

export async function readPage(file: string): Promise<Page> {
  return { file, text: await readFile(path.join(PROJECT, file), 'utf8') };
}

export function blocksOf({ text }: Pick<Page, 'text'>): Block[] {
  return [...text.matchAll(/^( *)```(.*)\n([^]*?)^ *```/gm)].map(
    ({ index, 1: indent = '', 2: label = '', 3: block = '' }) => ({
      label: label.trim(),
      text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: text.slice(0, index).split('\n').length + 1,
    }),
  );
}

/** What stands between backticks in the text itself; it may go over the end of a line, not of a paragraph or a row. */
export function inlineCodeOf({ text }: Pick<Page, 'text'>): Omit<Block, 'label'>[] {
  const blanked = text.replaceAll(/^( *)```.*\n[^]*?^ *```/gm, (block) =>
    block.replaceAll(/[^\n]/g, ' '),
  );
  const parts = blanked.matchAll(/(?:^\|.*|^(?:(?!\s*$|\|).+\n)+)/gm);
  return [...parts].flatMap(({ index: start, 0: part }) =>
    [...part.matchAll(/`([^`]+)`/g)].map(({ index, 1: code = '' }) => ({
      text: code.replaceAll(/\s+/g, ' '),
      line: blanked.slice(0, start + index).split('\n').length,
    })),
  );
}

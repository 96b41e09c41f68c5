import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  findContentFault,
  findFatFault,
  findNameFault,
  findRoomFault,
  type Credentials,
} from '../../disk/credentials.ts';
import { KubeosError } from '../../errors.ts';
import { printable } from './printable.ts';

/** What is in the folder that a person made. */
export interface FoundCredential {
  readonly name: string;
  readonly isFile: boolean;
  /** Bytes. */
  readonly size: number;
}

/**
 * The files of a folder, to be put on BOOT.
 *
 * @throws KubeosError USAGE with everything that is wrong with them
 */
export async function loadCredentials(directory: string): Promise<Credentials> {
  const found = await observe(directory);
  const room = findRoomFault(found.map(({ size }) => size));
  // So much is read, and no more.
  const credentials = new Map(room === null ? await readAll(directory, found) : []);
  const faults = [
    ...findFaults(found),
    ...(room === null ? [] : [room]),
    ...[...credentials].flatMap(([name, content]) => said(name, findContentFault(name, content))),
  ];
  if (faults.length === 0) return credentials;
  throw new KubeosError('USAGE', `${directory} does not hold credentials:\n${lines(faults)}`, {
    hint: 'docs/guides/first-boot.md says what is taken; nothing was written',
  });
}

/** By name, and all of it. */
export function findFaults(found: readonly FoundCredential[]): string[] {
  if (found.length === 0) return ['it is empty'];
  return found.flatMap(({ name, isFile }) => {
    const twin = found.find((other) => other.name !== name && isSameOnFat(other.name, name));
    return [
      ...(isFile ? [] : said(name, 'it is no file, or a link to one')),
      ...said(name, findNameFault(name) ?? findFatFault(name)),
      ...(twin === undefined ? [] : said(name, `FAT does not tell it from ${twin.name}`)),
    ];
  });
}

const isSameOnFat = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

const said = (name: string, fault: string | null): string[] =>
  fault === null ? [] : [`${printable(name)}: ${fault}`];

const lines = (faults: readonly string[]): string => faults.map((fault) => `  ${fault}`).join('\n');

async function observe(directory: string): Promise<FoundCredential[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('USAGE', `${directory} cannot be read: ${why}`, {
      cause,
      hint: 'name a folder that holds a file for each credential',
    });
  });
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const stat = await lstat(path.join(directory, name));
      const isFile = stat.isFile();
      return { name, isFile, size: isFile ? stat.size : 0 };
    }),
  );
}

async function readAll(
  directory: string,
  found: readonly FoundCredential[],
): Promise<(readonly [string, Uint8Array])[]> {
  const files = found.filter(({ isFile }) => isFile);
  return await Promise.all(
    files.map(async ({ name }) => [name, await readFile(path.join(directory, name))] as const),
  );
}

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readRepository } from '../upgrade/load-verified-release.ts';
import { bad, failed, good, note, type Finding } from './finding.ts';

export interface TrustPlaces {
  /** Of the image. */
  readonly repositories: string;
  /** What was trusted last, on PERSIST. */
  readonly metadata: string;
}

/** Where upgrades come from, and whether what was heard from there still holds. Asks no network. */
export async function examineTrust(
  { repositories, metadata }: TrustPlaces,
  now: Date,
): Promise<readonly Finding[]> {
  const names = await readdir(repositories).catch((): string[] => []);
  if (names.length === 0) {
    const remedy = 'name one in the image definition (repository), and build the image anew';
    return [bad('repositories', 'the image names none: nothing can be prepared', remedy)];
  }
  const findings = names
    .toSorted()
    .map(async (name) => [
      await examineRepository(repositories, name),
      await examineFreshness(path.join(metadata, name), { name, now }),
    ]);
  return (await Promise.all(findings)).flat();
}

async function examineRepository(directory: string, name: string): Promise<Finding> {
  const subject = `repository ${name}`;
  try {
    const { url } = await readRepository(directory, name);
    return good(subject, url);
  } catch (error) {
    return failed(subject, error, 'build the image anew: its repository is damaged');
  }
}

const timestamp = z.object({ signed: z.object({ expires: z.iso.datetime() }) });

/** Metadata that has ended keeps a node from new releases, and from nothing else. */
async function examineFreshness(
  directory: string,
  { name, now }: { readonly name: string; readonly now: Date },
): Promise<Finding> {
  const subject = `metadata of ${name}`;
  try {
    const text = await readFile(path.join(directory, 'current/timestamp.json'), 'utf8');
    const { expires } = timestamp.parse(JSON.parse(text)).signed;
    const isFresh = Date.parse(expires) > now.getTime();
    if (isFresh) return good(subject, `holds until ${expires}`);
    return note(subject, `ended at ${expires}`, REFRESH);
  } catch {
    return note(subject, 'nothing was fetched yet');
  }
}

const REFRESH = 'kubeos-agent plan stable fetches it anew; else run `kubeos repository refresh`';

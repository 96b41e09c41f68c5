import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { mayBeUnsigned } from '../root-tar/may-be-unsigned.ts';
import { readRepository } from '../upgrade/load-verified-release.ts';
import { bad, failed, good, note, type Finding } from './finding.ts';

export interface TrustPlaces {
  /** Of the image. */
  readonly repositories: string;
  /** What was trusted last, on PERSIST. */
  readonly metadata: string;
  /** Of the image: whether it takes what nobody signed. */
  readonly trust: string;
}

/** Where upgrades come from, and whether what was heard from there still holds. Asks no network. */
export async function examineTrust(
  { repositories, metadata, trust }: TrustPlaces,
  now: Date,
): Promise<readonly Finding[]> {
  const names = await readdir(repositories).catch((): string[] => []);
  const isOpen = await mayBeUnsigned(trust);
  if (names.length === 0) return [noRepository(isOpen), unsigned(isOpen)];
  const findings = names
    .toSorted()
    .map(async (name) => [
      await examineRepository(repositories, name),
      await examineFreshness(path.join(metadata, name), { name, now }),
    ]);
  return [...(await Promise.all(findings)).flat(), unsigned(isOpen)];
}

function noRepository(isOpen: boolean): Finding {
  const remedy = 'name one in the image definition (repository), and build the image anew';
  if (isOpen)
    return note('repositories', 'the image names none: only plain tars are taken', remedy);
  return bad('repositories', 'the image names none: nothing can be prepared', remedy);
}

function unsigned(isOpen: boolean): Finding {
  const subject = 'unsigned images';
  if (!isOpen) return good(subject, 'are refused');
  return note(subject, 'are taken: whoever may ask the agent can install anything', CLOSE);
}

const CLOSE = 'where it need not be: build the image without allowUnsigned';

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

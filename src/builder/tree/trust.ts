import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configurationSchema } from '../definition/configuration-schema.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import { rootDirectory, rootFile, type TreeEntry } from './tree-entry.ts';

/** What decides trust on a node; it lies below /usr, where nothing on the node can change it. */
export interface TrustFiles {
  /** Allow-list of each configuration model: the template's, with the definition's in place of it. */
  readonly policy: z.infer<typeof configurationSchema>;
  /** TUF's root.json of the repository, where the definition names one. */
  readonly repositoryRoot: string | null;
}

export async function loadTrustFiles(
  definition: ImageDefinition,
  directory: string,
): Promise<TrustFiles> {
  const template = fileURLToPath(import.meta.resolve('#templates/policy.json'));
  const usual = configurationSchema.parse(JSON.parse(await readFile(template, 'utf8')));
  const { repository } = definition;
  return {
    policy: { ...usual, ...definition.configuration },
    repositoryRoot:
      repository === undefined
        ? null
        : await readFile(path.resolve(directory, repository.root), 'utf8'),
  };
}

export function planTrust(definition: ImageDefinition, trust: TrustFiles): TreeEntry[] {
  return [
    rootFile('/usr/lib/kubeos/policy.json', asJson(trust.policy)),
    ...planRepository(definition, trust.repositoryRoot),
    ...planUnsigned(definition),
  ];
}

/** Without the file nothing is allowed. */
const planUnsigned = ({ allowUnsigned }: ImageDefinition): TreeEntry[] =>
  allowUnsigned ? [rootFile('/usr/lib/kubeos/trust.json', asJson({ allowUnsigned }))] : [];

function planRepository({ repository }: ImageDefinition, root: string | null): TreeEntry[] {
  if (repository === undefined || root === null) return [];
  const { name, url } = repository;
  const directory = `/usr/lib/kubeos/repositories/${name}`;
  return [
    rootDirectory(directory),
    rootFile(`${directory}/repository.json`, asJson({ name, url })),
    rootFile(`${directory}/root.json`, root),
  ];
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

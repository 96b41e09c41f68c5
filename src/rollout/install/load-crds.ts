import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { Manifest } from './manifest.ts';

const FILES = [
  import.meta.resolve('#templates/crds/upgrade.openeuler.org_os.yaml'),
  import.meta.resolve('#templates/crds/upgrade.openeuler.org_osinstances.yaml'),
];

const manifestSchema = z.looseObject({
  ...{ apiVersion: z.string(), kind: z.string() },
  metadata: z.looseObject({ name: z.string() }),
});

/** The CRDs that this version comes with. */
export async function loadCrds(): Promise<readonly Manifest[]> {
  return await Promise.all(
    FILES.map(async (file) => manifestSchema.parse(load(await readFile(new URL(file), 'utf8')))),
  );
}

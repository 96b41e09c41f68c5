import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';

const item = z.strictObject({
  name: z.string().max(32),
  /** Releases with the same one read what each other wrote; without one, that is not known. */
  version: z.string().max(32).optional(),
  paths: z.array(z.string().startsWith('/')).max(32),
  onRollback: z.enum(['moveAside', 'keep']),
});

const rules = z.strictObject({ dataEpoch: z.int().min(0), items: z.array(item).max(16) });

export type StateItem = Readonly<z.infer<typeof item>>;
export type StateRules = Readonly<z.infer<typeof rules>>;

/** What the running image says of the data that its services write. @throws KubeosError RELEASE_INVALID */
export async function readStateRules(file: string): Promise<StateRules> {
  const parsed = rules.safeParse(parseJson(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new KubeosError('RELEASE_INVALID', `${file}: ${z.prettifyError(parsed.error)}`, {
    hint: 'it is made from `state` of the image definition: build the image anew',
  });
}

/** Undefined for what is no JSON: the schema refuses that. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Version of each item, null where it is not known. */
export function versionsOf({ items }: StateRules): Readonly<Record<string, string | null>> {
  return Object.fromEntries(items.map(({ name, version }) => [name, version ?? null]));
}

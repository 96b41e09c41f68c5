import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { load } from 'js-yaml';
import { z } from 'zod';
import { osInstanceSchema } from '../../src/rollout/api/os-instance.ts';
import { osSpecSchema } from '../../src/rollout/api/os-spec.ts';
import { osStatusSchema } from '../../src/rollout/api/os-status.ts';
import { planRollout } from '../../src/rollout/plan/plan-rollout.ts';
import { summarise } from '../../src/rollout/plan/summarise.ts';
import { testFleet } from '../../src/rollout/testing/test-fleet.ts';
import { CRDS } from './apply-crds.ts';

/** As much of JSON Schema and of a structural schema as names fields. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const crdSchema = z.object({
  spec: z.object({
    versions: z.tuple([z.object({ schema: z.object({ openAPIV3Schema: z.custom<Schema>() }) })]),
  }),
});

async function inCrd(file: string, part: 'spec' | 'status'): Promise<readonly string[]> {
  const { spec } = crdSchema.parse(load(await readFile(path.join(CRDS, file), 'utf8')));
  return fieldsOf(spec.versions[0].schema.openAPIV3Schema.properties?.[part] ?? {}, part);
}

function inCode(schema: z.ZodType, part: 'spec' | 'status'): readonly string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return fieldsOf(json as Schema, part);
}

/** Every field below, such as `spec.windows.start`. */
function fieldsOf({ properties = {}, items, anyOf = [] }: Schema, name: string): string[] {
  const inside = [items, ...anyOf].flatMap((schema) =>
    schema === undefined ? [] : fieldsOf(schema, name),
  );
  const fields = Object.entries(properties).flatMap(([key, schema]) => [
    `${name}.${key}`,
    ...fieldsOf(schema, `${name}.${key}`),
  ]);
  return [...new Set([...fields, ...inside])].sort();
}

/** Stages are keys of a map in the code, and fields in the CRD, so that kubectl explain names them. */
const isStage = (field: string): boolean => field.startsWith('status.counts.');

const stages = Object.keys(summarise(testFleet([]), planRollout(testFleet([]), 0), 0).counts).map(
  (stage) => `status.counts.${stage}`,
);

const OS = 'upgrade.openeuler.org_os.yaml';
const INSTANCE = 'upgrade.openeuler.org_osinstances.yaml';

// The server drops, without a word, what its schema does not name.
test('every field of an OS object that is read or written is in its CRD, and no other', async (t) => {
  const crd = (await inCrd(OS, 'spec')).filter((field) => field !== 'spec.dockerimage');
  t.deepEqual(crd, [...inCode(osSpecSchema, 'spec')]);
  const status = await inCrd(OS, 'status');
  t.deepEqual(status.filter(isStage), stages.sort());
  t.deepEqual(
    status.filter((field) => !isStage(field)),
    [...inCode(osStatusSchema, 'status')],
  );
});

test('every field of an OSInstance that is read or written is in its CRD, and no other', async (t) => {
  const { spec, status } = osInstanceSchema.shape;
  t.deepEqual(await inCrd(INSTANCE, 'spec'), inCode(spec, 'spec'));
  t.deepEqual(await inCrd(INSTANCE, 'status'), inCode(status, 'status'));
});

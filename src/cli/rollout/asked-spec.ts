import { load } from 'js-yaml';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { OsPlace } from '../../rollout/client/os-objects.ts';
import { readGiven } from '../release/read-given.ts';

/** By flags, by a file, or by a file with flags over it. */
export const specArguments = {
  release: z.string().optional(),
  file: z.string().optional(),
  selector: z
    .string()
    .regex(/^[^=,]+=[^=,]*(,[^=,]+=[^=,]*)*$/, 'labels such as zone=a,tier=web')
    .optional(),
  maxUnavailable: z
    .string()
    .regex(/^(0|[1-9]\d{0,4}|(\d|[1-9]\d|100)%)$/, 'a number of nodes, or a share such as 10%')
    .optional(),
};

type Arguments = OsPlace & z.infer<z.ZodObject<typeof specArguments>>;

/** `spec` of the OS object that is asked for. */
export async function specOf(options: Arguments): Promise<Record<string, unknown>> {
  const spec = options.file === undefined ? {} : await specIn(options.file, options);
  const { release, selector, maxUnavailable } = options;
  const strategy = z.record(z.string(), z.unknown()).catch({}).parse(spec['strategy']);
  return {
    ...spec,
    ...(release !== undefined && { release, opstype: opstypeOf(spec) }),
    ...(selector !== undefined && { selector: { matchLabels: labelsOf(selector) } }),
    ...(maxUnavailable !== undefined && {
      strategy: { ...strategy, maxUnavailable: amountOf(maxUnavailable) },
    }),
  };
}

/** An object that was last made to bring settings (`config`) would let the release lie, and say that all is done. */
const opstypeOf = ({ opstype }: Record<string, unknown>): string =>
  opstype === 'rollback' ? opstype : 'upgrade';

const fileSchema = z.object({
  kind: z.literal('OS'),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.record(z.string(), z.unknown()),
});

/** @throws KubeosError USAGE for a file that is about another object */
async function specIn(
  file: string,
  { name, namespace }: OsPlace,
): Promise<Record<string, unknown>> {
  const parsed = fileSchema.safeParse(yamlIn(file, (await readGiven('file', file)).toString()));
  if (!parsed.success) {
    throw new KubeosError('USAGE', `${file} is no OS object: ${z.prettifyError(parsed.error)}`, {
      hint: 'one document with kind: OS, metadata.name and spec',
    });
  }
  const { metadata, spec } = parsed.data;
  const place = { name: metadata.name, namespace: metadata.namespace ?? namespace };
  if (place.name === name && place.namespace === namespace) return spec;
  throw new KubeosError(
    'USAGE',
    `${file} is about ${place.namespace}/${place.name}, not ${namespace}/${name}`,
    { hint: `kubeos rollout start ${place.name} --namespace ${place.namespace} --file ${file}` },
  );
}

function yamlIn(file: string, text: string): unknown {
  try {
    return load(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('USAGE', `${file} is not one document of YAML: ${why}`, {
      cause,
      hint: 'one document with kind: OS, metadata.name and spec',
    });
  }
}

const labelsOf = (selector: string): Record<string, string> =>
  Object.fromEntries(
    selector.split(',').map((label) => {
      const [key = '', value = ''] = label.split('=');
      return [key, value];
    }),
  );

const amountOf = (said: string): number | string => (said.endsWith('%') ? said : Number(said));

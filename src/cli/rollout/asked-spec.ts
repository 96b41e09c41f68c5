import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { OsPlace } from '../../rollout/client/os-objects.ts';

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
    ...(release !== undefined && { release }),
    ...(selector !== undefined && { selector: { matchLabels: labelsOf(selector) } }),
    ...(maxUnavailable !== undefined && {
      strategy: { ...strategy, maxUnavailable: amountOf(maxUnavailable) },
    }),
  };
}

const fileSchema = z.object({
  kind: z.literal('OS'),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.record(z.string(), z.unknown()),
});

/** @throws KubeosError USAGE for a file that is about another object */
async function specIn(file: string, { name }: OsPlace): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new KubeosError('USAGE', `--file ${file} cannot be read`, { cause });
  });
  const parsed = fileSchema.safeParse(load(text));
  if (!parsed.success) {
    throw new KubeosError('USAGE', `${file} is no OS object: ${z.prettifyError(parsed.error)}`, {
      hint: 'one document with kind: OS, metadata.name and spec',
    });
  }
  if (parsed.data.metadata.name === name) return parsed.data.spec;
  throw new KubeosError('USAGE', `${file} is about ${parsed.data.metadata.name}, not ${name}`, {
    hint: `kubeos rollout start ${parsed.data.metadata.name} --file ${file}`,
  });
}

const labelsOf = (selector: string): Record<string, string> =>
  Object.fromEntries(
    selector.split(',').map((label) => {
      const [key = '', value = ''] = label.split('=');
      return [key, value];
    }),
  );

const amountOf = (said: string): number | string => (said.endsWith('%') ? said : Number(said));

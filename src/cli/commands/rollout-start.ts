import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { readOsSpec } from '../../rollout/api/rollout-policy.ts';
import { applyOs, type OsPlace } from '../../rollout/client/os-objects.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { showRollout, showUntilCertain } from '../rollout/show-rollout.ts';
import { timeoutMs } from '../rollout/timeout.ts';

const argumentsSchema = z.object({
  ...rolloutArguments,
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
  dryRun: z.enum(['none', 'client', 'server']),
  wait: z.boolean(),
  timeout: timeoutMs,
});

type Arguments = z.infer<typeof argumentsSchema>;

/** `kubeos rollout start`: says which release the nodes of an OS object are to run. */
export const runRolloutStart: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { dryRun, wait, timeout, json } = options;
  const spec = await specOf(options);
  assertValid(spec, options);
  if (dryRun === 'client') {
    context.stdout.write(`${JSON.stringify({ metadata: placeOf(options), spec })}\n`);
    return 0;
  }
  const api = connectCluster(chosenCluster(options));
  const os = await applyOs(api, placeOf(options), { spec, isDryRun: dryRun === 'server' });
  if (!wait || dryRun === 'server') {
    context.stdout.write(showRollout(os, json));
    return 0;
  }
  return await showUntilCertain(api, { ...placeOf(options), json, timeoutMs: timeout }, context);
};

async function specOf(options: Arguments): Promise<Record<string, unknown>> {
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

/** What the operator would refuse is refused before anything is written. */
function assertValid(spec: object, { name }: OsPlace): void {
  const { faults = [] } = { faults: undefined, ...readOsSpec(spec) };
  if (faults.length === 0) return;
  const said = faults.map(({ field, message }) => `${field}: ${message}`).join('\n');
  throw new KubeosError('USAGE', `${name} would not be acted upon:\n${said}`, {
    hint: 'kubectl explain os.spec --api-version upgrade.openeuler.org/v1alpha1',
  });
}

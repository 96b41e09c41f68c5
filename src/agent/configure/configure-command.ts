import { readFile } from 'node:fs/promises';
import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { askAgent } from '../client/ask-agent.ts';
import type { Change } from './change.ts';
import { configurationResultSchema, type ConfigurationResult } from './configuration-result.ts';
import { printable } from './refusal.ts';
import { configureOrderSchema, type ConfigureOrder } from './settings.ts';

export interface ConfigureInvocation {
  readonly socket: string;
  /** What follows the name of the command: one file. */
  readonly words: readonly string[];
  readonly isDryRun: boolean;
}

/** What is said to a program, and to a person. */
export interface ConfigureAnswer {
  readonly kind: 'AgentConfiguration';
  readonly said: ConfigurationResult;
  readonly text: string;
}

/** `kubeos-agent configure FILE`. @throws KubeosError USAGE, SETTINGS_REFUSED and what the agent says */
export async function configureCommand({
  socket,
  words,
  isDryRun: dryRun,
}: ConfigureInvocation): Promise<ConfigureAnswer> {
  const [file] = words;
  if (file === undefined) {
    throw new KubeosError('USAGE', 'name one file with the models to set', {
      hint: 'kubeos-agent configure settings.yaml --dry-run',
    });
  }
  const body = { ...(await loadOrder(file)), dryRun };
  const answer = await askAgent({ socket, method: 'POST', path: '/v1/configure', body });
  const said = configurationResultSchema.parse(answer);
  return { kind: 'AgentConfiguration', said, text: describeResult(said) };
}

const fileSchema = configureOrderSchema.omit({ dryRun: true });

/** YAML or JSON: `models`, as the API takes them. */
async function loadOrder(file: string): Promise<Omit<ConfigureOrder, 'dryRun'>> {
  try {
    return fileSchema.parse(load(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new KubeosError('USAGE', `${file}: ${reasonOf(cause)}`, {
      cause,
      hint: 'see "Settings of a node" in docs/guides/configure-nodes.md',
    });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  if (error instanceof YAMLException) return error.reason;
  return error instanceof Error ? error.message : 'it cannot be read';
}

function describeResult({ changes, restarted, dryRun }: ConfigurationResult): string {
  if (changes.length === 0) return 'nothing to change\n';
  const lines = [
    ...changes.map(describeChange),
    ...restarted.map((unit) => `restart  ${unit}`),
    ...(dryRun ? ['nothing was changed: this was a dry run'] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function describeChange({ model, key, file, before, after }: Change): string {
  const ends = `${before ?? '(not set)'} -> ${after ?? '(not set)'}`;
  return `${file ?? 'running kernel'}  ${model}  ${printable(key).slice(1, -1)}: ${ends}`;
}

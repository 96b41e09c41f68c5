import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { definitionFromKbimg } from '../../builder/init/definition-from-kbimg.ts';
import { initialDefinition, type InitialFile } from '../../builder/init/initial-definition.ts';
import { KubeosError } from '../../errors.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  definition: z.string(),
  from: z.string().optional(),
  json: z.boolean(),
});

interface Start {
  readonly files: readonly InitialFile[];
  /** What a person has to know or do about it. */
  readonly notes: readonly string[];
}

/** `kubeos init`: writes a commented definition to start from, or one made from KubeOS's kbimg.toml. */
export const runInitCommand: CommandRun = async (args, { stdout, stderr }) => {
  const { definition, from, json } = readArguments(argumentsSchema, args);
  const start =
    from === undefined ? { files: await initialDefinition(), notes: [] } : await fromKbimg(from);
  const written = await writeAll(definition, start);
  const result = {
    apiVersion: 'cli.kubeos/v1',
    kind: 'InitResult',
    files: written,
    notes: start.notes,
  };
  if (!json) for (const note of start.notes) stderr.write(`note: ${note}\n`);
  const next = `next: kubeos build ${definition}`;
  stdout.write(json ? `${JSON.stringify(result)}\n` : `wrote ${written.join(' and ')}; ${next}\n`);
  return 0;
};

/** The definition under the name that was asked for; what goes with it keeps its name, beside it. */
async function writeAll(definition: string, { files }: Start): Promise<string[]> {
  const placed = files.map(({ name, text }) => ({
    file: name === 'kubeos.yaml' ? definition : path.join(path.dirname(definition), name),
    text,
  }));
  for (const { file, text } of placed) await writeNew(file, text);
  return placed.map(({ file }) => file);
}

async function fromKbimg(file: string): Promise<Start> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const hint = 'name the kbimg.toml of KubeOS';
    throw new KubeosError('USAGE', `cannot read ${path.resolve(file)}`, { cause: error, hint });
  });
  const repoFile = await repositoryOf(text);
  const imported = definitionFromKbimg({
    text,
    file,
    ...(repoFile === undefined ? {} : { repoFile }),
  });
  return { files: [{ name: 'kubeos.yaml', text: imported.text }], notes: imported.notes };
}

/** The yum repository file that kbimg.toml names, if this host has it. */
async function repositoryOf(toml: string): Promise<string | undefined> {
  const [, file] = /^\s*repo_path\s*=\s*"([^"]+)"/m.exec(toml) ?? [];
  if (file === undefined) return undefined;
  return await readFile(file, 'utf8').catch(() => undefined);
}

/** Never over a file that is there: it may be a person's work. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const hint = 'move it away, or name another file';
    if (error.code === 'EEXIST')
      throw new KubeosError('USAGE', `${file} is there already`, { cause: error, hint });
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    const message = `there is no folder ${path.dirname(file)}`;
    throw new KubeosError('USAGE', message, { cause: error, hint: 'make it first' });
  }
}

import { createHash } from 'node:crypto';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { canonicalJson, type JsonValue } from '../../release/canonical-json.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import type { ToolVersions } from '../provenance/tool-versions.ts';
import type { SourceTree } from '../tree/definition-files.ts';
import type { BuildPlan } from './build-plan.ts';

/** Beside the artifacts: what they were made from, and how they looked when they were placed. */
const STATE_FILE = '.kubeos-state.json';

const summarySchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  arch: z.enum(['amd64', 'arm64']),
  digest: z.string(),
  kernelVersion: z.string(),
  artifacts: z.array(z.string()),
});

const stateSchema = z.strictObject({
  key: z.string(),
  summary: summarySchema,
  files: z.record(z.string(), z.strictObject({ size: z.number(), changedMs: z.number() })),
});

/** What a build tells its caller. */
export type BuildSummary = Readonly<z.infer<typeof summarySchema>>;

export interface BuildInputs {
  readonly plan: BuildPlan;
  readonly locked: LockedBase;
  readonly tools: ToolVersions;
  readonly sources: SourceTree;
  /** Contents of further files that the definition names. */
  readonly trust: JsonValue;
}

/** One digest for everything that decides the bytes of a build. */
export function buildKey({ plan, locked, tools, sources, trust }: BuildInputs): string {
  const files = [...sources].map(([source, items]) => [
    source,
    ...items.map(({ path: below, kind, isExecutable, content }) => [
      below,
      kind,
      isExecutable,
      sha256(content),
    ]),
  ]);
  const inputs = [
    plan.definition,
    plan.inputs,
    plan.overrides,
    installedBy(locked),
    tools,
    files,
    trust,
  ];
  const code = [plan.kubeosDigest, plan.kubeosVersion, plan.agentFile, plan.epoch, plan.lockSha256];
  return sha256(JSON.stringify([inputs, code]));
}

/** An archive signs its index anew several times a day; the packages are what counts. */
function installedBy(locked: LockedBase): unknown {
  if (locked.type !== 'apt') return locked;
  return {
    ...locked,
    sources: locked.sources.map(({ uri, suite, components }) => ({ uri, suite, components })),
  };
}

/** The summary of the artifacts that are there, when they are of this key and nobody has touched them since. */
export async function findUpToDate(
  directory: string,
  key: string,
): Promise<BuildSummary | undefined> {
  const text = await readFile(path.join(directory, STATE_FILE), 'utf8').catch(() => '{}');
  const state = stateSchema.safeParse(parseJson(text));
  if (!state.success || state.data.key !== key) return undefined;
  const now = await observeFiles(directory, state.data.summary.artifacts);
  return canonicalJson(now) === canonicalJson(state.data.files) ? state.data.summary : undefined;
}

/** Written after the artifacts are in place; a build that was cut before leaves none that fits. */
export async function rememberBuild(
  {
    outputDirectory: directory,
    workDirectory,
  }: Pick<BuildPlan, 'outputDirectory' | 'workDirectory'>,
  key: string,
  summary: BuildSummary,
): Promise<void> {
  const files = await observeFiles(directory, summary.artifacts);
  const temporary = path.join(workDirectory, STATE_FILE);
  await writeFile(temporary, JSON.stringify({ key, summary, files }));
  await rename(temporary, path.join(directory, STATE_FILE));
}

type ObservedFiles = Record<string, { size: number; changedMs: number }>;

/** The artifacts and, of those that are folders, everything in them. */
async function observeFiles(directory: string, names: readonly string[]): Promise<ObservedFiles> {
  const below = await Promise.all(names.map(async (name) => await pathsBelow(directory, name)));
  const entries = [...names, ...below.flat()].map(async (name) => {
    const found = await stat(path.join(directory, name)).catch(() => undefined);
    // A change of the inode shows every touch: nobody can set it (inode(7), ctime).
    const observed = { size: found?.size ?? -1, changedMs: Math.trunc(found?.ctimeMs ?? -1) };
    return [name, observed] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function pathsBelow(directory: string, name: string): Promise<readonly string[]> {
  const found = await readdir(path.join(directory, name), { recursive: true }).catch(() => []);
  return found.map((below) => path.join(name, below));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

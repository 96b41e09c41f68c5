import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { runKubeos } from '../../rollout/run-kubeos.ts';
import type { NodeFleet } from '../fleet.ts';

const seconds = z.number().default(0);

const reportSchema = z.object({
  nodes: z.array(
    z.object({
      ...{ node: z.string(), result: z.string(), state: z.string() },
      runs: z.array(
        z.object({
          ...{ startedAt: z.string(), endedAt: z.string().nullable() },
          fetchedBytes: z.number().nullable(),
          seconds: z.object({ prepare: seconds, wait: seconds, drain: seconds, switch: seconds }),
        }),
      ),
    }),
  ),
  migration: z.object({
    servicesWatched: z.number(),
    withoutEndpoint: z.array(z.object({ service: z.string(), seconds: z.number() })),
  }),
});

export type JourneyReport = z.infer<typeof reportSchema>;

export interface Rolled {
  readonly exitCode: number | undefined;
  readonly said: string;
  readonly report: JourneyReport;
}

const WAIT = ['--wait', '--timeout', '2h', '--measure-services'];
const EVERYWHERE = ['--selector', 'kubernetes.io/os=linux'];

/** `kubeos rollout start --wait`, as CI runs it. */
export async function roll(fleet: NodeFleet, ...args: readonly string[]): Promise<Rolled> {
  return await reported(fleet, 'start', 'fleet', ...EVERYWHERE, ...WAIT, ...args);
}

/** The same without waiting; whoever asks sees to it that it is waited for. */
export async function begin({ cluster }: NodeFleet, ...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runKubeos(
    ...[cluster, 'rollout', 'start', 'fleet'],
    ...[...EVERYWHERE, ...args],
  );
  if (exitCode !== 0) throw new Error(stderr);
}

/** Until it is certain how what was begun ends. */
export async function untilCertain(fleet: NodeFleet, os = 'fleet'): Promise<Rolled> {
  return await reported(fleet, 'status', os, ...WAIT);
}

async function reported(fleet: NodeFleet, ...args: readonly string[]): Promise<Rolled> {
  const file = path.join(fleet.folder, 'report.json');
  const ended = await runKubeos(fleet.cluster, 'rollout', ...args, '--report', file);
  const said = `${ended.stdout}${ended.stderr}`;
  return { exitCode: ended.exitCode, said, report: await readReport(file) };
}

export async function readReport(file: string): Promise<JourneyReport> {
  return reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** What `kubeos rollout why` says of a node. */
export async function why({ cluster }: NodeFleet, node: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runKubeos(cluster, 'rollout', 'why', node);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

import type { ExecutionContext } from 'ava';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readSlots } from '../boot/disk-surgery.ts';
import { runKubeos } from '../rollout/run-kubeos.ts';
import type { NodeFleet } from './fleet.ts';
import { seeInstance, seeNode, type SeenNode } from './look.ts';

const reportSchema = z.object({
  nodes: z.array(
    z.object({
      ...{ node: z.string(), result: z.string(), state: z.string() },
      runs: z.array(
        z.object({
          ...{ startedAt: z.string(), endedAt: z.string().nullable() },
          seconds: z.object({ prepare: z.number().default(0), wait: z.number().default(0) }),
        }),
      ),
    }),
  ),
  migration: z.object({
    servicesWatched: z.number(),
    withoutEndpoint: z.array(z.object({ service: z.string(), seconds: z.number() })),
  }),
});

type Report = z.infer<typeof reportSchema>;

const digestOf = (release: string): string => release.split('@')[1] ?? '';

/** `kubeos rollout start --wait`, and what it reported. */
async function roll(fleet: NodeFleet, folder: string, ...args: readonly string[]) {
  const file = path.join(folder, 'report.json');
  const ended = await runKubeos(
    fleet.cluster,
    ...['rollout', 'start', 'fleet', '--selector', 'kubernetes.io/os=linux', '--wait'],
    ...['--timeout', '40m', '--measure-services', '--report', file, ...args],
  );
  const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return { ...ended, report };
}

async function seeAll({ cluster, names }: NodeFleet): Promise<readonly SeenNode[]> {
  return await Promise.all(names.map(async (name) => await seeNode(cluster, name)));
}

/** Starts of the pod that counts them on the node's own disk. */
const startsOn = async (fleet: NodeFleet, node: string): Promise<number> =>
  Number(await fleet.onNode(node, 'wc -l < /var/lib/counter/starts'));

/** Both nodes run it, committed, in another boot than before, and have their data and pods again. */
async function assertUpgraded(
  t: ExecutionContext,
  fleet: NodeFleet,
  { release, before }: { readonly release: string; readonly before: readonly SeenNode[] },
): Promise<void> {
  for (const [index, node] of fleet.names.entries()) {
    const seen = await seeNode(fleet.cluster, node);
    t.like(seen, { isReady: true, isCordoned: false }, node);
    t.not(seen.bootId, before[index]?.bootId, node);
    const { status } = await seeInstance(fleet.cluster, node);
    t.is(status.booted?.digest, digestOf(release), node);
    const { order, A, B } = await readSlots(fleet.disk(node));
    const booted = order.startsWith('A') ? A : B;
    t.deepEqual(booted, { ok: true, tries: 0 }, node);
    t.is(order[0], status.booted?.slot, node);
  }
}

/** From the drain of each to its end. */
function isOneAtATime({ nodes }: Report): boolean {
  const spans = nodes
    .flatMap(({ runs }) => runs)
    .map(({ startedAt, endedAt, seconds: { prepare, wait } }) => {
      return {
        fromMs: Date.parse(startedAt) + (prepare + wait) * 1000,
        toMs: Date.parse(endedAt ?? ''),
      };
    })
    .toSorted((one, other) => one.fromMs - other.fromMs);
  return spans.every(({ fromMs }, index) => (spans[index - 1]?.toMs ?? 0) <= fromMs + ROUNDED_MS);
}

/** The next is drained in the second in which the one before is given back. */
const ROUNDED_MS = 2000;

export async function upgradesBoth(
  t: ExecutionContext,
  fleet: NodeFleet,
  { release, folder }: { readonly release: string; readonly folder: string },
): Promise<void> {
  const before = await seeAll(fleet);
  const starts = await Promise.all(fleet.names.map(async (node) => await startsOn(fleet, node)));
  const { exitCode, stdout, stderr, report } = await roll(fleet, folder, '--release', release);
  t.is(exitCode, 0, `${stdout}${stderr}`);
  await assertUpgraded(t, fleet, { release, before });
  t.deepEqual(report.migration.withoutEndpoint, [], 'a Ready endpoint at every moment');
  t.true(report.migration.servicesWatched > 0);
  t.true(isOneAtATime(report), 'never two away');
  for (const [index, node] of fleet.names.entries()) {
    t.is(await startsOn(fleet, node), (starts[index] ?? 0) + 1, `${node}: the volume of a pod`);
  }
}

/** The first node falls back by itself, the rollout halts, the others are left as they are. @returns the node that fell back */
export async function stopsAtBroken(
  t: ExecutionContext,
  fleet: NodeFleet,
  { release, folder }: { readonly release: string; readonly folder: string },
): Promise<string> {
  const before = await seeAll(fleet);
  const { exitCode, stdout, stderr, report } = await roll(fleet, folder, '--release', release);
  t.is(exitCode, 8, `${stdout}${stderr}`);
  const fell = report.nodes.filter(({ state }) => state === 'fell-back').map(({ node }) => node);
  t.is(fell.length, 1, JSON.stringify(report.nodes));
  t.deepEqual(report.migration.withoutEndpoint, [], 'a Ready endpoint at every moment');
  for (const [index, node] of fleet.names.entries()) {
    const seen = await seeNode(fleet.cluster, node);
    t.like(seen, { isReady: true, isCordoned: false }, node);
    if (!fell.includes(node)) t.is(before[index]?.bootId, seen.bootId, `${node} is untouched`);
  }
  const [first = ''] = fell;
  const why = await runKubeos(fleet.cluster, 'rollout', 'why', first);
  t.log(why.stdout);
  const { failedReleases } = await seeOs(fleet);
  t.deepEqual(
    failedReleases.map(({ digest }) => digest),
    [digestOf(release)],
    'is quarantined',
  );
  return first;
}

const osSchema = z.object({
  status: z.object({ failedReleases: z.array(z.object({ digest: z.string() })).default([]) }),
});

async function seeOs({ cluster }: NodeFleet): Promise<z.infer<typeof osSchema>['status']> {
  const { stdout } = await cluster.kubectl(['get', 'os', 'fleet', '-o', 'json']);
  return osSchema.parse(JSON.parse(stdout)).status;
}

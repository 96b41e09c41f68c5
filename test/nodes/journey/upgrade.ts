import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { readSlots } from '../../boot/disk-surgery.ts';
import type { NodeFleet } from '../fleet.ts';
import { seeInstance, seeNode, type SeenNode } from '../look.ts';
import { roll, type JourneyReport } from './roll.ts';

export const digestOf = (release: string): string => release.split('@')[1] ?? '';

export async function seeAll({ cluster, names }: NodeFleet): Promise<readonly SeenNode[]> {
  return await Promise.all(names.map(async (name) => await seeNode(cluster, name)));
}

/** To a release that differs little from what runs: by a pack that says how. */
export async function upgradesBoth(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<void> {
  await assertFetchedByPack(t, fleet, { release, report: await takesBoth(t, fleet, release) });
}

/** One at a time, with a Ready endpoint at every moment; what pods keep on their nodes' disks is there afterwards. */
export async function takesBoth(
  t: ExecutionContext,
  fleet: NodeFleet,
  release: string,
): Promise<JourneyReport> {
  const before = await seeAll(fleet);
  const starts = await startsOn(fleet);
  const { exitCode, said, report } = await roll(fleet, '--release', release);
  t.is(exitCode, 0, said);
  await assertAllRun(t, fleet, { release, before });
  assertServed(t, report);
  t.true(isOneAtATime(report), JSON.stringify(report.nodes));
  for (const { node, runs } of report.nodes) t.log(`${node} ${JSON.stringify(runs)}`);
  t.deepEqual(
    await startsOn(fleet),
    starts.map((count) => count + 1),
    'volumes of pods',
  );
  const logs = ['logs', '--namespace', 'kubeos-system', 'deployment/kubeos-operator'];
  t.regex((await fleet.cluster.kubectl(logs)).stdout, /\S/, 'the API server reads logs of pods');
  return report;
}

/** Both nodes run it, committed, in another boot than before. */
export async function assertAllRun(
  t: ExecutionContext,
  fleet: NodeFleet,
  { release, before }: { readonly release: string; readonly before: readonly SeenNode[] },
): Promise<void> {
  for (const [index, node] of fleet.names.entries()) {
    const seen = await seeNode(fleet.cluster, node);
    t.like(seen, { isReady: true, isCordoned: false }, node);
    t.not(seen.bootId, before[index]?.bootId, node);
    await assertRuns(t, fleet, { node, digest: digestOf(release) });
  }
}

/** It says so itself, and GRUB boots it again without counting. */
export async function assertRuns(
  t: ExecutionContext,
  fleet: NodeFleet,
  { node, digest }: { readonly node: string; readonly digest: string },
): Promise<void> {
  const { booted } = (await seeInstance(fleet.cluster, node)).status;
  t.is(booted?.digest, digest, node);
  const slots = await readSlots(fleet.disk(node));
  const slot = slots.order.startsWith('A') ? 'A' : 'B';
  t.is(booted?.slot, slot, `${node}: it is the one that GRUB takes`);
  t.deepEqual(slots[slot], { ok: true, tries: 0 }, node);
}

/** That of the workload, and the API server's own. */
const SERVICES = 2;

export function assertServed(t: ExecutionContext, { migration }: JourneyReport): void {
  t.is(migration.servicesWatched, SERVICES);
  t.deepEqual(migration.withoutEndpoint, [], 'a Ready endpoint at every moment');
}

/** Far less than the image has. */
async function assertFetchedByPack(
  t: ExecutionContext,
  fleet: NodeFleet,
  { release, report }: { readonly release: string; readonly report: JourneyReport },
): Promise<void> {
  const [version = ''] = release.split('@');
  const image = path.join(path.dirname(fleet.built(version)), 'release/image.zst');
  const { size } = await stat(image);
  for (const { node, runs } of report.nodes) {
    const fetched = runs.at(-1)?.fetchedBytes ?? Infinity;
    t.true(fetched > 0 && fetched < size / 4, `${node}: ${fetched} of ${size} bytes`);
  }
}

/** Starts of the pods that count them on their nodes' own disks. */
async function startsOn(fleet: NodeFleet): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const node of fleet.names) {
    counts.push(Number(await fleet.onNode(node, 'wc -l < /var/lib/counter/starts')));
  }
  return counts;
}

/** The next is drained in the second in which the one before is given back. */
const ROUNDED_MS = 2000;

/** From the drain of each to its end. */
export function isOneAtATime({ nodes }: JourneyReport): boolean {
  const spans = nodes
    .flatMap(({ runs }) => runs)
    .map(({ startedAt, endedAt, seconds: { prepare, wait } }) => ({
      fromMs: Date.parse(startedAt) + (prepare + wait) * 1000,
      toMs: Date.parse(endedAt ?? ''),
    }))
    .toSorted((one, other) => one.fromMs - other.fromMs);
  return spans.every(({ fromMs }, index) => (spans[index - 1]?.toMs ?? 0) <= fromMs + ROUNDED_MS);
}

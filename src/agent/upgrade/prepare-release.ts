import path from 'node:path';
import { fetchRelease, type FetchReport } from '../../release/fetch/fetch-release.ts';
import { openSource } from '../../release/fetch/open-source.ts';
import type { Base, Target } from '../../release/fetch/target.ts';
import type { Manifest } from '../../release/manifest.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import type { Report } from '../operation-queue.ts';
import { settleState } from '../slots/save-state.ts';
import {
  activeTable,
  loadVerifiedRelease,
  readRepository,
  type FoundRelease,
  type ReleaseQuestion,
} from './load-verified-release.ts';
import { prepareSlot, type PrepareResult } from './prepare-slot.ts';
import type { PrepareQuestion } from './refuse-prepare.ts';

export interface PrepareOrder {
  /** As the image calls it. */
  readonly repository: string;
  readonly release: string;
  readonly maxTransferBytes?: number | undefined;
  readonly allow: Pick<PrepareQuestion, 'allowOlder' | 'allowFailed'>;
}

export interface PrepareContext {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
  readonly arch: Manifest['arch'];
  /** Repositories that the image names. */
  readonly repositories: string;
  /** Where trusted metadata is kept, on PERSIST. */
  readonly metadata: string;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** Fetches a release of a repository that this node trusts into the standby slot. */
export async function prepareRelease(
  order: PrepareOrder,
  context: PrepareContext,
): Promise<PrepareResult> {
  const { clock, signal, report } = context;
  const repository = await readRepository(context.repositories, order.repository);
  report({ phase: 'verifying' });
  using opened = openSource([repository.url], {
    proxy: process.env,
    ...(order.maxTransferBytes !== undefined && { maxTransferBytes: order.maxTransferBytes }),
  });
  const question = {
    ...{ repository, source: opened.source, name: order.release, signal },
    now: clock.now(),
    cache: path.join(context.metadata, repository.name),
  };
  const found = await loadVerifiedRelease(question);
  await using base = await openBase(question, context);
  return await prepareSlot({
    ...context,
    release: found.verified,
    allow: order.allow,
    onPhase: (phase) => report({ phase }),
    fill: async (target) => await fill(target, { ...opened, base, found, context }),
  });
}

interface Filling extends ReturnType<typeof openSource> {
  readonly base: Base | null;
  readonly found: FoundRelease;
  readonly context: PrepareContext;
}

async function fill(
  target: Target,
  { source, budget, base, found, context }: Filling,
): Promise<FetchReport> {
  const { signal, report } = context;
  return await fetchRelease({
    ...{ source, budget, target, base, signal },
    release: found.loaded,
    listed: found.listed,
    onProgress: ({ blocks, blocksDone, bytesTransferred }) =>
      report({ progress: { blocks, blocksDone }, bytesTransferred }),
  });
}

/** What runs: most of the next release is in it. */
async function openBase(
  question: ReleaseQuestion,
  { disk, clock }: PrepareContext,
): Promise<(Base & AsyncDisposable) | null> {
  const { records } = await settleState(disk, clock);
  const digest = records[disk.booted].release?.digest;
  const table = await activeTable(question, digest);
  if (table === null || digest === undefined) return null;
  const active = await disk.openActive();
  return {
    release: digest,
    table,
    read: async (into, position) => await active.read(into, position),
    [Symbol.asyncDispose]: async () => await active[Symbol.asyncDispose](),
  };
}

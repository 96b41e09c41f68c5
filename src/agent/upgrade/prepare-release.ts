import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { Base } from '../../release/fetch/target.ts';
import type { Manifest } from '../../release/manifest.ts';
import { openFetcher } from '../fetcher/fetcher.ts';
import { fillFromFetcher } from '../fetcher/fill-from-fetcher.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import type { Report } from '../operation-queue.ts';
import { settleState } from '../slots/save-state.ts';
import {
  activeTable,
  loadVerifiedRelease,
  readRepository,
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

/** What an upgrade works on. */
export interface NodeParts {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
  readonly arch: Manifest['arch'];
  /** Directory of the repositories that the image names. */
  readonly repositories: string;
  /** Directory on PERSIST for metadata that was trusted. */
  readonly metadata: string;
  /** A process for what comes from a network; one for each operation. */
  readonly connectFetcher: () => Promise<Duplex>;
}

export interface PrepareContext extends NodeParts {
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
  using fetcher = await openFetcher(await context.connectFetcher(), {
    ...{ addresses: [repository.url], maxTransferBytes: order.maxTransferBytes, signal },
  });
  const question = {
    ...{ repository, source: fetcher.source, name: order.release, signal },
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
    fill: async (target) =>
      await fillFromFetcher({
        ...{ exchange: fetcher.exchange, target, base, signal },
        release: found.loaded,
        listed: found.listed,
        onProgress: ({ blocks, blocksDone, bytesTransferred }) =>
          report({ progress: { blocks, blocksDone }, bytesTransferred }),
      }),
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

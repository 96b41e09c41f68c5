import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { SlotRecord, SlotRecords } from '../../disk/slot-records.ts';
import type { Base } from '../../release/fetch/target.ts';
import type { Manifest } from '../../release/manifest.ts';
import { openFetcher, type Fetcher } from '../fetcher/fetcher.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import type { Report } from '../operations/operation-queue.ts';
import { otherSlot } from '../slots/node-state.ts';
import { settleState } from '../slots/save-state.ts';
import {
  activeTable,
  loadVerifiedRelease,
  readRepository,
  type FoundRelease,
  type ReleaseQuestion,
} from './load-verified-release.ts';

/** A release, as somebody names it. */
export interface ReleaseOrder {
  /** As the image calls it. */
  readonly repository: string;
  readonly release: string;
  /** A hard limit for all that comes over the network. */
  readonly maxTransferBytes?: number | undefined;
  /** Of the network; default: as fast as it comes. */
  readonly bytesPerSecond?: number | undefined;
}

/** What an upgrade works on. */
export interface NodeParts {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
  readonly arch: Manifest['arch'];
  /** Name of the image that runs, where it has one. */
  readonly image: string | null;
  /** Directory of the repositories that the image names. */
  readonly repositories: string;
  /** Directory on PERSIST for metadata that was trusted. */
  readonly metadata: string;
  /** A process for what comes from a network; one for each operation. */
  readonly connectFetcher: () => Promise<Duplex>;
}

export interface UpgradeContext extends NodeParts {
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** A release that was found, and what brings it here. */
export interface Reachable extends FoundRelease, AsyncDisposable {
  readonly fetcher: Fetcher;
  /** What runs: most of the next release is in it. Null where nothing is known of that. */
  readonly base: Base | null;
}

/** Finds a release of a repository that this node trusts. @throws KubeosError USAGE, UNTRUSTED, NETWORK */
export async function findRelease(
  { repository: name, release, maxTransferBytes, bytesPerSecond }: ReleaseOrder,
  context: UpgradeContext,
): Promise<Reachable> {
  const { clock, signal, report } = context;
  const { records } = await settleState(context.disk, clock, { isReadOnly: true });
  await using stack = new AsyncDisposableStack();
  const repository = await readRepository(context.repositories, name);
  report({ phase: 'verifying' });
  const order = { addresses: [repository.url], maxTransferBytes, bytesPerSecond, signal };
  const fetcher = stack.use(await openFetcher(await context.connectFetcher(), order));
  const question = {
    ...{ repository, source: fetcher.source, name: release, signal },
    now: clock.now(),
    cache: path.join(context.metadata, repository.name),
    begun: begunIn(records[otherSlot(context.disk.booted)]),
  };
  const found = await loadVerifiedRelease(question);
  const base = await openBase(question, context, records);
  if (base !== null) stack.use(base);
  const held = stack.move();
  return { ...found, fetcher, base, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

function begunIn({ state, release }: SlotRecord): string | null {
  return state === 'writing' || state === 'written' ? (release?.digest ?? null) : null;
}

async function openBase(
  question: ReleaseQuestion,
  { disk }: UpgradeContext,
  records: SlotRecords,
): Promise<(Base & AsyncDisposable) | null> {
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

import { z } from 'zod';
import { blocksInBase } from '../../release/fetch/copy-base-blocks.ts';
import { findPack } from '../../release/fetch/find-pack.ts';
import { frameOffsets } from '../../release/fetch/merge-ranges.ts';
import { observeTarget } from '../../release/fetch/observe-target.ts';
import { planTransfer, REQUEST_BYTES } from '../../release/fetch/plan-transfer.ts';
import { settleState } from '../slots/save-state.ts';
import {
  findRelease,
  type Reachable,
  type ReleaseOrder,
  type UpgradeContext,
} from './find-release.ts';
import { reasonsAgainst } from './refuse-prepare.ts';

/** What preparing a release would mean, and what would refuse it (contract section 5). */
export const releasePlanSchema = z.object({
  release: z.object({ digest: z.string(), version: z.string(), epoch: z.int() }),
  /** Of its root image. */
  imageBytes: z.int(),
  /** Of the standby root partition. */
  standbyBytes: z.int(),
  blocks: z.int(),
  /** Are right in the standby slot already. */
  blocksReused: z.int(),
  /** Come from the slot that runs. */
  blocksCopied: z.int(),
  how: z.enum(['nothing', 'pack', 'frames', 'whole']),
  /** Of bodies: what stays right on the way is not fetched, and heads come on top. */
  bytesToFetch: z.int(),
  /** The release that the delta pack starts from; null without one. */
  packFrom: z.string().nullable(),
  refusals: z.array(z.object({ why: z.string(), remedy: z.string() })).readonly(),
});

export type ReleasePlan = Readonly<z.infer<typeof releasePlanSchema>>;

/** Changes nothing: reads the repository and the standby slot. @throws KubeosError USAGE, UNTRUSTED, NETWORK */
export async function planRelease(
  order: ReleaseOrder,
  context: UpgradeContext,
): Promise<ReleasePlan> {
  const { disk, clock, report } = context;
  await using found = await findRelease(order, context);
  const { digest, manifest, table } = found.verified;
  report({ phase: 'comparing' });
  await using standby = await disk.openStandby();
  const isFitting = standby.size >= table.imageBytes;
  const right = isFitting
    ? await observeTarget({ ...standby, isBlank: false }, table, context.signal)
    : table.blocks.map(() => false);
  const state = await settleState(disk, clock, { isReadOnly: true });
  const question = { ...context, state, booted: disk.booted, release: found.verified };
  const strict = { allowOlder: false, allowFailed: false };
  return {
    release: { digest, version: manifest.version, epoch: manifest.epoch },
    ...{ imageBytes: table.imageBytes, standbyBytes: standby.size },
    ...(await transferOf(found, right, context.signal)),
    refusals: reasonsAgainst({ ...question, ...strict, standbyBytes: standby.size }),
  };
}

async function transferOf(
  { base, listed, fetcher, verified: { table } }: Reachable,
  right: readonly boolean[],
  signal: AbortSignal,
): Promise<Omit<ReleasePlan, 'release' | 'imageBytes' | 'standbyBytes' | 'refusals'>> {
  const missing = [...table.blocks.keys()].filter((index) => right[index] !== true);
  const places = blocksInBase(missing, table, base);
  const pack =
    base === null ? null : await findPack({ listed, base, source: fetcher.source, signal });
  const plan = planTransfer({
    needed: missing.filter((index) => !places.has(index)),
    offsets: frameOffsets(table.blocks),
    packBytes: pack?.length ?? null,
    ...{ requestBytes: REQUEST_BYTES, hasRanges: true },
  });
  return {
    blocks: table.blocks.length,
    ...{ blocksReused: right.length - missing.length, blocksCopied: places.size },
    ...{ how: plan.kind, bytesToFetch: plan.bytes },
    packFrom: plan.kind === 'pack' ? (pack?.base ?? null) : null,
  };
}

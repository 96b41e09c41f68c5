import { fillFromFetcher } from '../fetcher/fill-from-fetcher.ts';
import { findRelease, type ReleaseOrder, type UpgradeContext } from './find-release.ts';
import { prepareSlot, type PrepareResult } from './prepare-slot.ts';
import type { PrepareQuestion } from './refuse-prepare.ts';

export interface PrepareOrder extends ReleaseOrder {
  readonly allow: Pick<PrepareQuestion, 'allowOlder' | 'allowFailed'>;
}

/** Fetches a release of a repository that this node trusts into the standby slot. */
export async function prepareRelease(
  order: PrepareOrder,
  context: UpgradeContext,
): Promise<PrepareResult> {
  const { signal, report } = context;
  await using found = await findRelease(order, context);
  const { fetcher, base, verified, loaded, listed } = found;
  const result = await prepareSlot({
    ...context,
    release: verified,
    allow: order.allow,
    onPhase: (phase) => report({ phase }),
    fill: async (target) =>
      await fillFromFetcher({
        ...{ exchange: fetcher.exchange, target, base, signal, release: loaded, listed },
        onProgress: ({ blocks, blocksDone, bytesTransferred }) =>
          report({ progress: { blocks, blocksDone }, bytesTransferred }),
      }),
  });
  if (result !== null) report({ transfer: result });
  return result;
}

import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import { loadBroughtGrub } from './brought-grub.ts';
import { grubStatusOf, unknownGrub, type GrubStatus } from './grub-status.ts';
import type { NodeGrub } from './node-grub.ts';
import { forgetTry, updateGrub } from './update-grub.ts';

/** Keeps GRUB's own image as the running release has it. */
export interface GrubKeeper {
  /** As it was at the last update. */
  readonly status: () => GrubStatus;
  /** After a commit. Never fails: nothing that a node does waits for its GRUB. */
  readonly update: () => Promise<void>;
  /** The same, and one that was tried and did not boot this node is tried once more. */
  readonly retry: () => Promise<void>;
}

export interface GrubContext {
  readonly disk: NodeDisk & { readonly grub: NodeGrub };
  readonly clock: NodeClock;
  /** Where the running release has GRUB's images. */
  readonly images: string;
  readonly log: (line: string) => void;
}

/** Updates it at once. */
export async function keepGrub(context: GrubContext): Promise<GrubKeeper> {
  const { booted } = context.disk.grub;
  let status = unknownGrub('error', booted, 'the agent has not looked yet');
  const update = async (): Promise<void> => {
    const before = status;
    status = await settledStatus(context);
    if (status.message !== before.message)
      context.log(`GRUB ${booted ?? 'of no known version'}: ${status.message}`);
  };
  await update();
  const retry = async (): Promise<void> => {
    if (status.state === 'failed') await forgetTry(context.disk);
    await update();
  };
  return { status: () => status, update, retry };
}

async function settledStatus({ images, disk, clock }: GrubContext): Promise<GrubStatus> {
  const { grub } = disk;
  if (grub.kind === 'fixed') return unknownGrub('fixed', grub.booted, grub.reason);
  try {
    const brought = await loadBroughtGrub(images, grub.booted);
    return grubStatusOf(await updateGrub({ disk, clock, grub, brought }));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'for no known reason';
    return unknownGrub('error', grub.booted, why);
  }
}

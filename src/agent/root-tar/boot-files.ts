import { slotConfiguration, slotSums } from '../../disk/slot-files.ts';
import type { RecordedRelease } from '../../disk/slot-records.ts';
import type { BootFiles } from '../upgrade/replace-standby.ts';
import type { BootPair } from './root-facts.ts';

/**
 * A plain tar says nothing of how it is booted. Its slot gets the arguments of the slot that runs, which know this
 * machine's consoles and hardware: with KubeOS, too, they stay with the node.
 */
export function composeBootFiles(
  release: RecordedRelease,
  pair: BootPair,
  runningArguments: readonly string[],
): BootFiles {
  const others = runningArguments.filter((argument) => !argument.startsWith('rootfstype='));
  return {
    configuration: slotConfiguration({
      release: release.digest,
      version: release.version,
      epoch: release.epoch,
      securityFloor: release.securityFloor,
      kernel: pair.kernel.path,
      initramfs: pair.initramfs.path,
      kernelArguments: ['rootfstype=ext4', ...others],
      image: release.image,
      verity: null,
      area: null,
      unsigned: true,
    }),
    sums: slotSums(pair),
  };
}

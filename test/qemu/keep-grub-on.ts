import { mkdtempDisposable, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GrubStatus } from '../../src/agent/grub/grub-status.ts';
import { keepGrub } from '../../src/agent/grub/keep-grub.ts';
import { openNodeDisk } from '../../src/agent/node/open-node-disk.ts';
import { grubFiles, type GrubImages } from '../../src/disk/grub-images.ts';
import { partitionOf } from '../../src/disk/layout.ts';
import { writeAll } from '../../src/disk/write-at.ts';
import type { DecisionDisk } from './decision-disk.ts';

/**
 * What an agent does about GRUB that runs in slot A of such a disk, whose release brings these images.
 *
 * @param booted the version that booted it
 */
export async function keepGrubOn(
  { file, layout }: DecisionDisk,
  booted: string,
  images: GrubImages,
): Promise<GrubStatus> {
  await using directory = await mkdtempDisposable(`${file}-node-`);
  const at = (name: string): string => path.join(directory.path, name);
  for (const [name, content] of grubFiles(images)) await writeFile(at(name), content);
  const partitions = [partitionOf(layout, 'boot'), partitionOf(layout, 'bios-boot')];
  // Files stand for the devices of the partitions.
  for (const { role, startBytes, sizeBytes } of partitions) {
    const whole = await readFile(file);
    await writeFile(at(role), whole.subarray(startBytes, startBytes + sizeBytes));
  }
  const devices = {
    ...{ booted: 'A' as const, disk: file, boot: at('boot'), root: { A: at('a'), B: at('b') } },
    ...{ biosBoot: at('bios-boot'), grub: booted, triesArguments: false },
  };
  const status = await (async () => {
    await using disk = await openNodeDisk(devices, [at('slots.json')]);
    const clock = { bootId: booted, now: () => new Date(0) };
    const log = (): void => undefined;
    return (await keepGrub({ disk, clock, images: directory.path, log })).status();
  })();
  await using handle = await open(file, 'r+');
  for (const { role, startBytes } of partitions) {
    await writeAll(handle, await readFile(at(role)), startBytes);
  }
  return status;
}

import path from 'node:path';
import { checkTableCommands, sgdiskCommand } from '../../../disk/sgdisk.ts';
import { persistCommands } from '../../disk/assemble-disk.ts';
import { planBootFiles } from '../../../disk/boot-files.ts';
import { bootPartitionCommands } from '../../disk/boot-partition.ts';
import { convertCommands } from '../../outputs/convert-disk.ts';
import type { BuildPlan } from '../build-plan.ts';
import type { PlannedCommand } from './planned-command.ts';

export function diskCommands(plan: BuildPlan): PlannedCommand[] {
  const { layout, files, seed, epoch, definition } = plan;
  const { bootImage: image, bootTree: scratch, disk } = files;
  const names = bootFileNames(definition.arch);
  const boot = bootPartitionCommands({ image, scratch, layout, seed, epoch, names });
  return [
    ...boot.make,
    ...names.map(boot.readBack),
    sgdiskCommand(layout, disk),
    ...persistCommands(plan),
    ...checkTableCommands(layout, disk),
  ];
}

function bootFileNames(arch: BuildPlan['definition']['arch']): string[] {
  const unknown = new Uint8Array();
  const files = planBootFiles({ configuration: unknown, sums: unknown }, unknown, arch);
  return [...files.keys()];
}

export function outputCommands({ definition, files }: BuildPlan): PlannedCommand[] {
  return definition.outputs.flatMap((output) => {
    if (output === 'raw' || output === 'pxe' || output === 'oci') return [];
    const place = path.join(files.artifacts, `disk.${output}`);
    return convertCommands(output, { disk: files.disk, output: place });
  });
}

import type { Command, Commands } from '../host/commands.ts';
import { KubeosError } from '../errors.ts';
import { attributesOf } from './gpt-table.ts';
import { SECTOR, type DiskLayout, type Partition } from './layout.ts';

/** One call writes the whole table: each further call would be one more state to be interrupted in. */
export function sgdiskCommand(layout: DiskLayout, disk: string): Command {
  return {
    tool: 'sgdisk',
    args: [
      '--clear',
      `--disk-guid=${layout.diskGuid}`,
      '--set-alignment=1',
      ...layout.partitions.flatMap(partitionArguments),
      disk,
    ],
  };
}

function partitionArguments(partition: Partition): string[] {
  const { number } = partition;
  return [
    `--new=${number}:${firstSector(partition)}:${lastSector(partition)}`,
    `--typecode=${number}:${partition.typeGuid}`,
    `--change-name=${number}:${partition.label}`,
    `--partition-guid=${number}:${partition.guid}`,
    ...partition.attributeBits.map((bit) => `--attributes=${number}:set:${bit}`),
  ];
}

const firstSector = (partition: Partition): number => partition.startBytes / SECTOR;
const lastSector = (partition: Partition): number =>
  (partition.startBytes + partition.sizeBytes) / SECTOR - 1;

/**
 * Reads the table back and compares each entry with the plan: sgdisk can exit 0 having written nothing
 * (an unknown option does that), so its exit code proves nothing.
 *
 * @throws KubeosError BUILD_CHECK_FAILED naming the first difference
 */
export async function checkTable(
  commands: Commands,
  layout: DiskLayout,
  disk: string,
): Promise<void> {
  const [verify, readEntries] = checkTableCommands(layout, disk);
  const verdict = await commands.run(verify);
  if (!verdict.stdout.includes('No problems found')) {
    throw new KubeosError('BUILD_CHECK_FAILED', `sgdisk --verify ${disk}:\n${verdict.stdout}`);
  }
  const { stdout } = await commands.run(readEntries);
  // One answer per question, each beginning with the type.
  const found = stdout
    .split(/^(?=Partition GUID code:)/m)
    .filter((text) => text.startsWith('Partition GUID'));
  layout.partitions.forEach((partition, index) => assertEntry(disk, partition, found[index] ?? ''));
}

export function checkTableCommands(
  layout: DiskLayout,
  disk: string,
): [verify: Command, readEntries: Command] {
  const asked = layout.partitions.map(({ number }) => `--info=${number}`);
  return [
    { tool: 'sgdisk', args: ['--verify', disk] },
    { tool: 'sgdisk', args: [...asked, disk] },
  ];
}

function assertEntry(disk: string, partition: Partition, found: string): void {
  const missing = expectedLines(partition).find((line) => !found.includes(line));
  if (missing === undefined) return;
  throw new KubeosError(
    'BUILD_CHECK_FAILED',
    `partition ${partition.number} of ${disk} was not written as planned: expected "${missing}", found\n${found}`,
    {
      hint: 'this is a fault of sgdisk or of the disk below; build again, and report it if it stays',
    },
  );
}

function expectedLines(partition: Partition): string[] {
  return [
    `Partition GUID code: ${partition.typeGuid}`,
    `Partition unique GUID: ${partition.guid.toUpperCase()}`,
    `First sector: ${firstSector(partition)} `,
    `Last sector: ${lastSector(partition)} `,
    `Attribute flags: ${attributesOf(partition).toString(16).toUpperCase().padStart(16, '0')}`,
    `Partition name: '${partition.label}'`,
  ];
}

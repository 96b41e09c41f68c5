import { z } from 'zod';
import type { Commands } from '../../host/commands.ts';
import type { Finding } from './image-report.ts';

export interface PartitionTable {
  readonly diskGuid: string;
  readonly partitions: readonly TableEntry[];
}

export interface TableEntry {
  readonly number: number;
  readonly label: string;
  readonly typeGuid: string;
  readonly guid: string;
  /** Bytes. */
  readonly start: number;
  readonly size: number;
  /** LegacyBIOSBootable, GUID:60, … */
  readonly attributes: readonly string[];
}

/** What `sfdisk --json` prints of a GPT. */
const dump = z.object({
  partitiontable: z.object({
    label: z.literal('gpt'),
    id: z.string(),
    sectorsize: z.int().positive(),
    partitions: z.array(
      z.object({
        node: z.string().regex(/\d+$/),
        start: z.int().nonnegative(),
        size: z.int().positive(),
        type: z.string(),
        uuid: z.string(),
        name: z.string().default(''),
        attrs: z.string().default(''),
      }),
    ),
  }),
});

/** The GPT of a raw disk; undefined when the file has none. */
export async function readPartitionTable(
  disk: string,
  commands: Commands,
): Promise<PartitionTable | undefined> {
  const result = await commands.run({
    tool: 'sfdisk',
    args: ['--json', disk],
    successCodes: [0, 1],
  });
  if (result.exitCode !== 0) return undefined;
  const parsed = dump.safeParse(JSON.parse(result.stdout));
  if (!parsed.success) return undefined;
  const { id, sectorsize, partitions } = parsed.data.partitiontable;
  return {
    diskGuid: id,
    partitions: partitions
      .map((entry) => ({
        // sfdisk names a partition by its number behind the name of the file.
        number: Number(/\d+$/.exec(entry.node.slice(disk.length))?.[0] ?? 0),
        label: entry.name,
        typeGuid: entry.type.toUpperCase(),
        guid: entry.uuid.toUpperCase(),
        start: entry.start * sectorsize,
        size: entry.size * sectorsize,
        attributes: attributesIn(entry.attrs),
      }))
      .toSorted((a, b) => a.number - b.number),
  };
}

/** sfdisk writes the bits of a type's own together: "LegacyBIOSBootable GUID:60,63". */
function attributesIn(text: string): string[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) =>
      word.startsWith('GUID:')
        ? word
            .slice('GUID:'.length)
            .split(',')
            .map((bit) => `GUID:${bit}`)
        : [word],
    );
}

/** Whether both copies of the table are sound, by sgdisk. */
export async function checkPartitionTable(disk: string, commands: Commands): Promise<Finding> {
  const args = ['--verify', disk];
  const result = await commands.run({ tool: 'sgdisk', args, successCodes: [0, 1, 2, 3, 4] });
  const subject = 'partition table';
  const output = result.stderr + result.stdout;
  const damaged = [...output.matchAll(DAMAGED)].map(([, part = '']) => part.toLowerCase());
  if (damaged.length > 0) {
    return { level: 'fault', subject, text: `${damaged.join(' and ')} damaged` };
  }
  if (output.includes('No problems found')) return { level: 'ok', subject, text: 'is sound' };
  const problem = /^(?:Problem|Caution|Warning): ((?:.+\n?)+)/m.exec(output)?.[1];
  const text = problem?.trim().replaceAll('\n', ' ') ?? 'sgdisk --verify does not accept it';
  return { level: 'fault', subject, text };
}

/** sgdisk finds "No problems" where it could use the other copy, but says on stderr which one was bad. */
const DAMAGED = /^((?:Main|Backup) (?:header|partition table)): ERROR$/gm;

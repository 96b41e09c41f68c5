import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import { compareText } from '../inventory/compare-text.ts';
import type { Region } from './identify-file-system.ts';

/** Reads files of BOOT with mtools, which need no mount. */
export interface BootPartition {
  /** Paths without a leading slash, sorted. */
  readonly files: readonly string[];
  /** undefined: there is no such file. */
  read(name: string): Promise<Buffer | undefined>;
}

// The geometry in a FAT made for a partition says nothing about the disk that it lies in.
const ENVIRONMENT = { MTOOLS_SKIP_CHECK: '1' };

/** @param scratch folder for copies of the files that are read */
export async function openBootPartition(
  region: Region,
  scratch: string,
  commands: Commands,
): Promise<BootPartition> {
  const place = `${region.file}@@${region.offset}`;
  const args = ['-i', place, '-/', '-b', '-a', '::/'];
  const listing = await commands.run({ tool: 'mdir', args, environment: ENVIRONMENT });
  const files = parseListing(listing.stdout);
  return {
    files,
    read: async (name) => {
      if (!files.includes(name)) return undefined;
      const copy = path.join(scratch, `boot-${name.replaceAll('/', '-')}`);
      const from = ['-n', '-o', '-i', place, `::/${name}`, copy];
      await commands.run({ tool: 'mcopy', args: from, environment: ENVIRONMENT });
      return await readFile(copy);
    },
  };
}

/** One path in each line; those of folders end in a slash. */
function parseListing(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('::/') && !line.endsWith('/'))
    .map((line) => line.slice('::/'.length))
    .toSorted(compareText);
}

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../src/host/commands.ts';
import type { DecisionDisk } from './decision-disk.ts';

/** The /kubeos folder of a disk's BOOT partition, reached with mtools and no mount. */
export function bootFilesOn(disk: Pick<DecisionDisk, 'file'>, commands: Commands) {
  const image = ['-i', `${disk.file}@@1M`];
  const staged = path.join(path.dirname(disk.file), 'staged');
  return {
    async write(name: string, bytes: Uint8Array): Promise<void> {
      await writeFile(staged, bytes);
      const args = ['-D', 'o', ...image, staged, `::/kubeos/${name}`];
      await commands.run({ tool: 'mcopy', args });
    },
    async read(name: string): Promise<Buffer> {
      await commands.run({ tool: 'mcopy', args: ['-n', ...image, `::/kubeos/${name}`, staged] });
      return await readFile(staged);
    },
    async remove(name: string): Promise<void> {
      await commands.run({ tool: 'mdel', args: [...image, `::/kubeos/${name}`] });
    },
  };
}

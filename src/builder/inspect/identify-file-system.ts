import type { Commands } from '../../host/commands.ts';
import type { FileSystemReport } from './image-report.ts';

export interface Region {
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly size: number;
}

/** What blkid finds at a place of an image; null: nothing that it knows. */
export async function identifyFileSystem(
  region: Region,
  commands: Commands,
): Promise<FileSystemReport | null> {
  const place = ['--offset', String(region.offset), '--size', String(region.size)];
  const result = await commands.run({
    tool: 'blkid',
    args: ['--probe', '--usages', 'filesystem', ...place, '--output', 'export', region.file],
    // blkid(8): 2 when nothing was found, 8 when the answer is ambiguous.
    successCodes: [0, 2, 8],
  });
  const values = new Map(
    result.stdout.split('\n').map((line) => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    }),
  );
  const type = values.get('TYPE');
  if (result.exitCode !== 0 || type === undefined) return null;
  return { type, label: values.get('LABEL') ?? '', uuid: values.get('UUID') ?? '' };
}

import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';

/**
 * Sets the access and change time of every inode. `mke2fs -d` copies them from the extracted files, where
 * no program can choose a change time, so two builds would differ (tytso/e2fsprogs#164).
 *
 * @param epoch seconds
 */
export async function fixExt4Times(
  image: string,
  epoch: number,
  commands: Commands,
): Promise<void> {
  const groups = await commands.run(listInodes(image));
  // The first line is for the superblock's time of the last write.
  const script = [
    `set_current_time @${epoch}`,
    ...usedInodes(groups.stdout).flatMap((inode) => timeCommands(inode, epoch)),
  ].join('\n');
  const result = await commands.run(changeInodes(image, `${script}\n`));
  // debugfs exits 0 whatever happened; beyond its banner, stderr means failure.
  const complaints = result.stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('debugfs '));
  if (complaints.length > 0) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `debugfs could not set times in ${image}: ${complaints[0]}`,
    );
  }
}

export function listInodes(image: string): Command {
  return { tool: 'dumpe2fs', args: [image] };
}

export function changeInodes(image: string, script: string): Command {
  return { tool: 'debugfs', args: ['-w', '-f', '-', image], input: script, isQuiet: true };
}

function timeCommands(inode: number, epoch: number): string[] {
  const fields = [
    ['atime', `@${epoch}`],
    ['ctime', `@${epoch}`],
    ['atime_extra', '0'],
    ['ctime_extra', '0'],
    ['mtime_extra', '0'],
  ];
  return fields.map(([field, value]) => `set_inode_field <${inode}> ${field} ${value}`);
}

/** The root directory and, from the first free number on, every inode that dumpe2fs does not list as free. */
export function usedInodes(dump: string): number[] {
  const total = Number(/^Inode count:\s+(\d+)/m.exec(dump)?.[1] ?? 0);
  const first = Number(/^First inode:\s+(\d+)/m.exec(dump)?.[1] ?? 11);
  const free = new Set(
    [...dump.matchAll(/^\s+Free inodes: (.*)$/gm)].flatMap(([, ranges = '']) => numbersIn(ranges)),
  );
  const candidates = Array.from(
    { length: Math.max(0, total - first + 1) },
    (_, index) => first + index,
  );
  return [2, ...candidates.filter((inode) => !free.has(inode))];
}

function numbersIn(ranges: string): number[] {
  return ranges
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

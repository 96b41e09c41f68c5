import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KernelFiles } from '../node/find-node-disk.ts';

export interface Mount {
  /** `major:minor` of its device; of some file systems (btrfs) a number of its own. */
  readonly number: string;
  readonly place: string;
  readonly fileSystem: string;
  /** Such as `/dev/sda1`. */
  readonly source: string;
}

/** What is mounted (proc_pid_mountinfo(5)), in order; a later mount hides an earlier one at the same place. */
export async function readMounts({ proc }: KernelFiles): Promise<readonly Mount[]> {
  const text = await readFile(path.join(proc, 'self/mountinfo'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseMount);
}

function parseMount(line: string): Mount {
  const [own = '', further = ''] = line.split(' - ');
  const [, , number = '', , place = ''] = own.split(' ');
  const [fileSystem = '', source = ''] = further.split(' ');
  return { number, place: unescaped(place), fileSystem, source: unescaped(source) };
}

/** Spaces and the like are written as a backslash and three octal digits. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

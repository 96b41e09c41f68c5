import { mkdir } from 'node:fs/promises';
import type { Command, Commands } from '../../../host/commands.ts';
import { inNamespace } from '../../../host/in-namespace.ts';

/** For what needs all owners: root has them; anybody else is uid 0 of a namespace. */
export function privileged(command: Command): Command {
  return process.getuid?.() === 0 ? command : inNamespace(command);
}

/** Path, type, mode, owner, group, time, link target, size, number of names. */
const FORMAT = String.raw`%p %y %m %U:%G %T@ %l %s %n\n`;

/**
 * What is in a directory, as lines in a fixed order: metadata, contents by SHA-256, attributes and which
 * names are one file. Looked at with the ids that `privileged` commands have.
 */
export async function listTree(directory: string, commands: Commands): Promise<readonly string[]> {
  const run = async (tool: string, args: readonly string[]) => {
    const { stdout } = await commands.run(privileged({ tool, args, workingDirectory: directory }));
    return stdout.split('\n').filter((line) => line !== '');
  };
  const metadata = await run('find', ['.', '-printf', FORMAT]);
  const sums = await run('find', ['.', '-type', 'f', '-exec', 'sha256sum', '{}', '+']);
  const inodes = await run('find', [
    '.',
    '-type',
    'f',
    '-links',
    '+1',
    '-printf',
    String.raw`%i %p\n`,
  ]);
  return [
    // A directory's size is its file system's affair.
    ...metadata.map((line) => line.replace(/^(\S+ d .*) \d+ \d+$/, '$1')).toSorted(),
    ...sums.toSorted(),
    ...linkGroups(inodes),
    ...attributes(await run('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'])),
  ];
}

function linkGroups(lines: readonly string[]): readonly string[] {
  const groups = Object.values(Object.groupBy(lines, (line) => line.split(' ', 1)[0] ?? ''));
  return groups
    .map(
      (group = []) =>
        `same: ${group
          .map((line) => line.replace(/^\d+ /, ''))
          .toSorted()
          .join(' ')}`,
    )
    .toSorted();
}

/** getfattr's output: `# file: NAME`, then a line for each attribute. */
function attributes(lines: readonly string[]): readonly string[] {
  let file = '';
  const found: string[] = [];
  for (const line of lines) {
    if (line.startsWith('# file: ')) file = line.slice('# file: '.length);
    else if (!line.startsWith('security.selinux=')) found.push(`${file} ${line}`);
  }
  return found.toSorted();
}

/** Unpacks with GNU tar, everything kept, and lists what came out. */
export async function listTar(
  file: string,
  directory: string,
  commands: Commands,
): Promise<readonly string[]> {
  await mkdir(directory);
  const args = [
    ...['--extract', `--file=${file}`, `--directory=${directory}`, '--numeric-owner'],
    ...['--preserve-permissions', '--same-owner', '--xattrs', '--xattrs-include=*'],
  ];
  await commands.run(privileged({ tool: 'tar', args }));
  const lines = await listTree(directory, commands);
  await removeTree(directory, commands);
  return lines;
}

/** A tree of other ids can only be removed with privilege. */
export async function removeTree(directory: string, commands: Commands): Promise<void> {
  await commands.run(privileged({ tool: 'rm', args: ['-rf', directory] }));
}

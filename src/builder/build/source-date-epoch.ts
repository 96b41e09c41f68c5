import { stat } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { KubeosError } from '../../errors.ts';

/**
 * The time of a build in seconds: SOURCE_DATE_EPOCH when it is set, otherwise that of the last commit to the
 * definition's folder, otherwise that of the definition's last change.
 */
export async function sourceDateEpoch(
  definitionFile: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const given = environment['SOURCE_DATE_EPOCH'];
  if (given !== undefined && given !== '') return parseEpoch(given);
  const committed = await commitTime(path.dirname(definitionFile));
  return committed ?? Math.floor((await stat(definitionFile)).mtimeMs / 1000);
}

function parseEpoch(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new KubeosError('USAGE', `SOURCE_DATE_EPOCH is "${text}", expected seconds since 1970`, {
    hint: 'for example SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
  });
}

async function commitTime(directory: string): Promise<number | undefined> {
  const result = await execa(
    'git',
    ['log', '-1', '--format=%ct', '--no-show-signature', '--', '.'],
    {
      cwd: directory,
      reject: false,
      stdin: 'ignore',
    },
  );
  return /^\d+$/.test(result.stdout) ? Number(result.stdout) : undefined;
}

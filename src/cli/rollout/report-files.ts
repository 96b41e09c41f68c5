import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { junitReport } from '../../rollout/report/junit-report.ts';
import type { RolloutReport } from '../../rollout/report/rollout-report.ts';
import { writeWhole } from '../release/root-drafts.ts';

/** Of `--report`, which may be given more than once: the name says the format. */
export const reportFiles = z
  .array(z.string().regex(/.\.(xml|json)$/, 'a file whose name ends in .xml (JUnit) or .json'))
  .default([]);

/** Before anything is begun: after hours of waiting it were too late. @throws KubeosError USAGE */
export async function assertReports(
  files: readonly string[],
  { isWaiting }: { readonly isWaiting: boolean },
): Promise<void> {
  if (files.length > 0 && !isWaiting) {
    throw new KubeosError('USAGE', '--report says how it ended, and nobody waits for that', {
      hint: 'add --wait',
    });
  }
  for (const file of files) {
    const directory = path.dirname(path.resolve(file));
    await access(directory, constants.W_OK).catch((cause: unknown) => {
      throw new KubeosError('USAGE', `a report cannot be written into ${directory}`, {
        ...{ cause, hint: `mkdir -p ${directory}, or name another place with --report` },
      });
    });
  }
}

/** Whole or not at all: what reads it may come at any time. */
export async function writeReports(
  files: readonly string[],
  look: () => RolloutReport,
): Promise<void> {
  if (files.length === 0) return;
  const report = look();
  for (const file of files) {
    const content = file.endsWith('.xml') ? junitReport(report) : `${JSON.stringify(report)}\n`;
    await writeWhole(file, Buffer.from(content));
  }
}

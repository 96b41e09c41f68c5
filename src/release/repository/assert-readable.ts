import { KubeosError } from '../../errors.ts';
import { MAX_METADATA_BYTES } from '../metadata/metadata-limits.ts';
import { plannedContent, type FileRole, type RolePlan } from './plan-roles.ts';
import { payloadOf } from './sign-metadata.ts';

/** For version, end and signatures. */
const ENVELOPE_BYTES = 2 ** 14;

/**
 * No client reads metadata above a certain length: a repository that grew over it would be refused by all of them, and
 * by its publisher too.
 *
 * @throws KubeosError USAGE
 */
export function assertReadable(plan: RolePlan, written: ReadonlySet<FileRole>): void {
  for (const role of ['targets', 'halt'] as const) {
    const most = MAX_METADATA_BYTES[role] - ENVELOPE_BYTES;
    const { length } = written.has(role) ? payloadOf(plannedContent(plan, role)) : [];
    if (length > most) throw tooLong(role, length, most);
  }
}

function tooLong(role: 'targets' | 'halt', bytes: number, most: number): KubeosError {
  const what = `the list of ${role === 'targets' ? 'releases' : 'halted releases'}`;
  return new KubeosError('USAGE', `${what} would have ${bytes} bytes, and nodes read ${most}`, {
    hint:
      role === 'targets'
        ? 'take old releases off it: `kubeos repository retire`'
        : 'take releases off it that are retired: `kubeos repository halt --undo`',
  });
}

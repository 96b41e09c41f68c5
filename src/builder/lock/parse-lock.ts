import { load, YAMLException } from 'js-yaml';
import type { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { locateYaml } from './locate-yaml.ts';
import { lockSchema } from './lock-schema.ts';
import type { Lock } from './lock-schema.ts';

const HINT = 'run `kubeos lock` to write it anew; it is not meant to be edited by hand';
const SHOWN = 10;

/** @throws KubeosError DEFINITION_INVALID, naming file, line and column of every fault */
export function parseLock(text: string, file: string): Lock {
  const parsed = lockSchema.safeParse(loadYaml(text, file));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => describe(issue, { text, file }));
  const more = faults.length > SHOWN ? [`and ${String(faults.length - SHOWN)} more`] : [];
  const message = [...faults.slice(0, SHOWN), ...more].join('\n');
  throw new KubeosError('DEFINITION_INVALID', message, { hint: HINT, cause: parsed.error });
}

function loadYaml(text: string, file: string): unknown {
  try {
    return load(text, { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { line = 0, column = 0 } = error.mark ?? {};
    const place = `${file}:${String(line + 1)}:${String(column + 1)}`;
    throw new KubeosError('DEFINITION_INVALID', `${place}: ${error.reason}`, {
      hint: HINT,
      cause: error,
    });
  }
}

function describe(
  issue: z.core.$ZodIssue,
  source: { readonly text: string; readonly file: string },
): string {
  const { line, column } = locateYaml(source.text, issue.path);
  const at = issue.path.length === 0 ? '' : ` ${issue.path.map(String).join('.')}:`;
  return `${source.file}:${String(line)}:${String(column)}:${at} ${issue.message}`;
}

import { KubeosError } from '../../errors.ts';

export type OsRelease = ReadonlyMap<string, string>;

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;
/** os-release(5): what a shell would read otherwise must be quoted; the rest may stand as it is. */
const PLAIN = /^[^\s"'$`\\;&|<>()*?[\]{}!#~]*$/;
const SINGLE_QUOTED = /^'([^']*)'$/;
const DOUBLE_QUOTED = /^"((?:[^"$`\\]|\\["$`\\])*)"$/;

/**
 * The assignments of an os-release file by the rules of os-release(5): comments and empty lines pass, a later
 * assignment wins, everything else is an error, as is a value that a shell would expand.
 * @throws KubeosError BUILD_CHECK_FAILED, naming `file` and the line
 */
export function parseOsRelease(text: string, file: string): OsRelease {
  const values = new Map<string, string>();
  text.split('\n').forEach((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    const [, name = '', written = ''] = ASSIGNMENT.exec(trimmed) ?? [];
    const value = name === '' ? undefined : unquote(written);
    if (value === undefined) throw badLine(trimmed, `${file}:${String(index + 1)}`);
    values.set(name, value);
  });
  return values;
}

function unquote(written: string): string | undefined {
  if (PLAIN.test(written)) return written;
  const single = SINGLE_QUOTED.exec(written)?.[1];
  if (single !== undefined) return single;
  return DOUBLE_QUOTED.exec(written)?.[1]?.replaceAll(/\\(.)/g, '$1');
}

function badLine(line: string, place: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${place}: not an assignment: ${line}`, {
    hint: 'os-release(5) has NAME=value, the value in quotes where it has spaces or shell characters',
  });
}

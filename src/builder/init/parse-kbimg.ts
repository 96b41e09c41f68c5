import { parse, TomlError } from 'smol-toml';
import { KubeosError } from '../../errors.ts';
import { kbimgSchema, type Kbimg } from './kbimg-schema.ts';

/** @throws KubeosError DEFINITION_INVALID for text that is no TOML, or no kbimg.toml */
export function parseKbimg(text: string, file: string): Kbimg {
  const result = kbimgSchema.safeParse(parseToml(text, file));
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const key = issue.path.map(String).join('.');
    return `${file} ${key}: this is not what kbimg takes; expected ${issue.message}`;
  });
  throw new KubeosError('DEFINITION_INVALID', faults.join('\n'));
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the message repeats the lines around the place, which may hold passwords.
    const [reason = ''] = error.message.split('\n');
    throw new KubeosError(
      'DEFINITION_INVALID',
      `${file}:${error.line}:${error.column} ${reason.replace(/^Invalid TOML document: /, 'this is not valid TOML: ')}`,
    );
  }
}

import { sysctlName } from '../../../configuration/key-parts.ts';
import type { EditText } from '../change.ts';
import { valueTexts } from '../settings.ts';
import { editOwnLines } from './own-lines.ts';

/** `key = value` (sysctl.d(5)). */
export const editSysctlFile: EditText = (text, { key, value, isDeleted }) => {
  const name = sysctlName(key);
  const [given] = valueTexts(value).map((one) => one.trim());
  return editOwnLines(text, {
    ...{ given, isDeleted, show: (one) => one },
    valueIn: (line) => valueOf(line, name),
    write: (one) => `${name} = ${one}`,
  });
};

function valueOf(line: string, name: string): string | null {
  const [, key = '', value = ''] = /^\s*-?([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  return key !== '' && sysctlName(key) === name ? value : null;
}

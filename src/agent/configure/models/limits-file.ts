import { refused, type EditText } from '../change.ts';
import { valueTexts, type Setting } from '../settings.ts';
import { editOwnLines, linesOf } from './own-lines.ts';

/** `domain type item value` (limits.conf(5)), separated by any white space. A domain has a line for each type and item. */
export const editLimitsFile: EditText = (text, setting) => {
  const fields = limitOf(setting);
  const [type = '', item = '', given = ''] = fields;
  if (fields.length !== 3 || fields.includes('_')) {
    const message = `"${setting.key} ${fields.join(' ')}" is no limit`;
    return refused('value', message, 'write type.item.value, such as hard.nproc.4096');
  }
  return editOwnLines(text, {
    ...{ given, isDeleted: setting.isDeleted },
    valueIn: (line) => valueOf(line, [setting.key, type, item]),
    write: (value) => [setting.key, type, item, value].join('\t'),
    show: (value) => `${type} ${item} ${value}`,
  });
};

/** Type, item and value: KubeOS writes them with dots. */
function limitOf({ value }: Setting): string[] {
  const [text = ''] = valueTexts(value);
  return text.trim().split(/[\s.]+/);
}

/** KubeOS keeps a field that is given as `_`: it is taken from the one line of the domain that has the others. */
export function withKeptFields(setting: Setting, text: string | null): Setting {
  const wanted = limitOf(setting);
  if (setting.model !== 'pam.limits' || !wanted.includes('_') || setting.isDeleted) return setting;
  // The value is what changes: type and item say which line is meant.
  const meant = linesOf(text)
    .map(fieldsOf)
    .filter(([domain, type, item]) => {
      const fits = [type, item].every((one, index) => ['_', one].includes(wanted[index]));
      return domain === setting.key && fits;
    });
  const [only] = meant;
  if (meant.length !== 1 || only === undefined) return setting;
  const value = wanted.map((field, index) => (field === '_' ? (only[index + 1] ?? '_') : field));
  return { ...setting, value: value.join(' ') };
}

/** As policies see it: `hard nproc 4096`. */
export function policyValues(setting: Setting): readonly string[] {
  if (setting.model !== 'pam.limits') return valueTexts(setting.value);
  return setting.value === undefined ? [] : [limitOf(setting).join(' ')];
}

const fieldsOf = (line: string): string[] => line.replace(/#.*$/, '').trim().split(/\s+/);

function valueOf(line: string, [domain, type, item]: readonly [string, string, string]) {
  const fields = fieldsOf(line);
  const isIt = fields[0] === domain && fields[1] === type && fields[2] === item;
  return isIt ? (fields[3] ?? null) : null;
}

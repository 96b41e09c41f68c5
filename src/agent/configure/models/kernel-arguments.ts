import { argumentName } from '../../../configuration/kernel-arguments.ts';
import { NODE_ARGUMENTS_LENGTH } from '../../../disk/node-arguments.ts';
import { isLiteralArgument } from '../../../disk/slot-files.ts';
import { refused, type Edited, type EditText } from '../change.ts';
import { valueTexts, type Setting } from '../settings.ts';

/** The arguments of one slot: words with a space between them, `key=value` or `key`. */
export const editArguments: EditText = (text, setting) => {
  const words = (text ?? '').split(' ').filter((word) => word !== '');
  const found = words.find((word) => argumentName(word) === argumentName(setting.key)) ?? null;
  const wanted = wordOf(setting);
  if (!isLiteralArgument(wanted)) {
    return refused(
      'value',
      'GRUB cannot pass it on',
      'write it without spaces, quotes, \\, * and ?',
    );
  }
  const isOther = setting.value !== undefined && found !== null && found !== wanted;
  if (setting.isDeleted && isOther) {
    return refused('value', `it is ${found}, not ${wanted}`, 'give the value that it has');
  }
  return changed(words, found, setting.isDeleted ? null : wanted);
};

function changed(words: readonly string[], before: string | null, after: string | null): Edited {
  const kept = words.flatMap((word) => (word === before ? (after ?? []) : word));
  const text = [...kept, ...(before === null ? [after ?? []].flat() : [])].join(' ');
  if (text.length <= NODE_ARGUMENTS_LENGTH) return { kind: 'edited', text, before, after };
  const message = `all of them would be ${text.length} characters long`;
  return refused('value', message, `a slot has room for ${NODE_ARGUMENTS_LENGTH}: use the image`);
}

/** KubeOS gives an argument without a value an empty one. */
function wordOf({ key, value }: Setting): string {
  const [text = ''] = value === null ? [''] : valueTexts(value);
  return text.trim() === '' ? key : `${key}=${text.trim()}`;
}

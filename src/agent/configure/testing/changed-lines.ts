import type { EditText } from '../change.ts';
import type { Setting } from '../settings.ts';

interface ChangedLines {
  readonly gone: readonly string[];
  readonly come: readonly string[];
  /** The second time there is nothing to do. */
  readonly isSettled: boolean;
}

/** Which lines an edit takes out of a text and puts into it. */
export function changedLines(edit: EditText, text: string, wanted: Setting): ChangedLines {
  const edited = edit(text, wanted);
  if (edited.kind === 'refused') throw new Error(edited.reason.message);
  const again = edit(edited.text, wanted);
  const [before, after] = [text.split('\n'), edited.text.split('\n')];
  return {
    gone: before.filter((line) => !after.includes(line)),
    come: after.filter((line) => !before.includes(line)),
    isSettled: again.kind === 'edited' && again.text === edited.text,
  };
}

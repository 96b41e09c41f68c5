import { isDeepStrictEqual } from 'node:util';
import { keyParts } from '../../../configuration/key-parts.ts';
import { refused, type Edited, type EditText } from '../change.ts';
import type { Setting, SettingValue } from '../settings.ts';
import { blockedAt, isTable, valueAt, withValueAt, type Path } from './value-path.ts';

/** A format in which values stand under paths of names. */
export interface DocumentFormat {
  readonly name: string;
  /** Why there may be no file, and what makes one. */
  readonly missing: { readonly message: string; readonly remedy: string };
  /** Undefined for what cannot be read. */
  readonly parse: (text: string) => unknown;
  /** A value as `parse` would give it. */
  readonly valueOf: (value: SettingValue) => unknown;
  readonly show: (value: unknown) => string;
  /** Text edits; they may go wrong where a text is written in odd ways. */
  readonly with: (text: string, path: Path, value: SettingValue) => string;
  readonly without: (text: string, path: Path) => string;
}

/** Edits the text, and lets the format's own parser judge: it says what it should, or it is not written. */
export function documentEditor(format: DocumentFormat): EditText {
  return (text, setting) => {
    const { missing, name, parse } = format;
    if (text === null) return refused('file', missing.message, missing.remedy);
    const found = parse(text);
    if (isTable(found)) return editFound(format, { text, found }, setting);
    return refused('file', `its file is no ${name} that can be read`, 'mend the file');
  };
}

interface FoundDocument {
  readonly text: string;
  readonly found: unknown;
}

function editFound(
  format: DocumentFormat,
  { text, found }: FoundDocument,
  { model, key, value, isDeleted }: Setting,
): Edited {
  const path = keyParts(model, key) ?? [];
  const blocked = blockedAt(found, path);
  if (blocked !== null && !isDeleted) {
    return refused('file', `${blocked.join('.')} is a value there`, 'delete that first');
  }
  const written = isDeleted ? undefined : value;
  const wanted = written === undefined ? undefined : format.valueOf(written);
  const shown = (one: unknown): string | null => (one === undefined ? null : format.show(one));
  const now = valueAt(found, path);
  const ends = { kind: 'edited', before: shown(now), after: shown(wanted) } as const;
  if (isDeepStrictEqual(now, wanted)) return { ...ends, text };
  const edited =
    written === undefined ? format.without(text, path) : format.with(text, path, written);
  if (isDeepStrictEqual(format.parse(edited), withValueAt(found, path, wanted))) {
    return { ...ends, text: edited };
  }
  const message = 'its file is written so that it cannot be changed without touching more';
  return refused('file', message, `write this part of it in plain lines of ${format.name} first`);
}

import type { z } from 'zod';
import type { definitionSchema } from '../definition/schema.ts';
import { convertBase } from './convert-base.ts';
import { convertContent } from './convert-content.ts';
import { convertDisk } from './convert-disk.ts';
import type { Kbimg } from './kbimg-schema.ts';
import { leftoverNotes } from './leftover-notes.ts';

/** A definition as it is written; keys may be missing where kbimg.toml does not say them. */
export type WrittenDefinition = Partial<z.input<typeof definitionSchema>>;

/** A part of a definition, and what a person has to know or do about it. */
export interface Converted {
  readonly definition: WrittenDefinition;
  readonly notes: readonly string[];
}

/** KubeOS's description of an image in our words. `repoFile` is the text of the file at `repo_path`. */
export function convertKbimg(kbimg: Kbimg, repoFile: string | undefined): Converted {
  const parts = [
    convertBase(kbimg, repoFile),
    convertContent(kbimg),
    convertDisk(kbimg),
    { definition: {}, notes: leftoverNotes(kbimg) },
  ];
  return {
    definition: parts.reduce<WrittenDefinition>(
      (whole, part) => ({ ...whole, ...part.definition }),
      {},
    ),
    notes: parts.flatMap((part) => part.notes),
  };
}

import { z } from 'zod';
import type { Refusal } from './refusal.ts';
import type { Setting } from './settings.ts';

/** What one setting was and will be, as a person reads it; null where it is not set. */
export const changeSchema = z.object({
  model: z.string(),
  key: z.string(),
  /** Null for the running kernel. */
  file: z.string().nullable(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

export type Change = Readonly<z.infer<typeof changeSchema>>;

/** A text with one setting in it; the same text where it says so already. */
export type Edited =
  | {
      readonly kind: 'edited';
      readonly text: string;
      readonly before: string | null;
      readonly after: string | null;
    }
  | { readonly kind: 'refused'; readonly reason: Omit<Refusal, 'model' | 'key'> };

/** Pure. Null: there is no such file. */
export type EditText = (text: string | null, setting: Setting) => Edited;

export function refused(
  rule: Refusal['rule'],
  message: string,
  remedy: string,
): Extract<Edited, { kind: 'refused' }> {
  return { kind: 'refused', reason: { rule, message, remedy } };
}

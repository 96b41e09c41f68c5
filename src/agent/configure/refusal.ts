import { z } from 'zod';
import { KubeosError } from '../../errors.ts';

/** Why a setting is not taken, by what rule, and what to do. */
export const refusalSchema = z.object({
  model: z.string(),
  key: z.string(),
  rule: z.enum([
    ...(['key', 'value', 'configpath', 'forbidden', 'policy', 'duplicate', 'operation'] as const),
    ...(['unknown', 'file', 'kernel'] as const),
  ]),
  message: z.string(),
  remedy: z.string(),
});

export type Refusal = Readonly<z.infer<typeof refusalSchema>>;

/** Nothing was changed, or what was is as before. */
export class SettingsRefused extends KubeosError {
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    const count = refusals.length === 1 ? '1 setting is' : `${refusals.length} settings are`;
    const lines = refusals.map(
      ({ model, key, message, remedy }) => `  ${model} ${printable(key)}: ${message}; ${remedy}`,
    );
    super('SETTINGS_REFUSED', [`${count} not taken, nothing has changed`, ...lines].join('\n'));
    this.name = 'SettingsRefused';
    this.refusals = refusals;
  }
}

/** What a hostile key holds must not act on a terminal, or fill a log. */
export function printable(text: string): string {
  const escaped = JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped.length > 80 ? `${escaped.slice(0, 80)}…` : escaped;
}

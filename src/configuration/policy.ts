import { z } from 'zod';
import { keyParts } from './key-parts.ts';
import { CONFIGURATION_MODELS, type ConfigurationModel } from './models.ts';

/** `/usr/lib/kubeos/policy.json`: what may be set on a running node; nothing else may. */
export const policySchema = z.partialRecord(
  z.enum(CONFIGURATION_MODELS),
  z.strictObject({
    /** In a key `*` stands for any run of characters within one part; a value has to match as a whole. */
    allow: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  }),
);

export type Policy = z.infer<typeof policySchema>;

export type PolicyAnswer = 'allowed' | 'key' | 'value';

/** What of it the policy does not allow: the key at all, or one of these values. */
export function judgeByPolicy(
  policy: Policy,
  { model, key, values }: { model: ConfigurationModel; key: string; values: readonly string[] },
): PolicyAnswer {
  const parts = keyParts(model, key);
  const allowances = (policy[model]?.allow ?? []).filter((one) =>
    matches(keyParts(model, one.key), parts),
  );
  if (allowances.length === 0) return 'key';
  const patterns = allowances.map(({ value }) => new RegExp(`^(?:${value})$`, 'u'));
  const isAllowed = values.every((value) => patterns.some((pattern) => pattern.test(value)));
  return isAllowed ? 'allowed' : 'value';
}

/** The patterns for a key that is allowed with some values. */
export function valuePatterns(policy: Policy, model: ConfigurationModel, key: string): string[] {
  const parts = keyParts(model, key);
  return (policy[model]?.allow ?? [])
    .filter((one) => matches(keyParts(model, one.key), parts))
    .map(({ value }) => value);
}

type Parts = readonly string[] | null;

function matches(pattern: Parts, key: Parts): boolean {
  if (pattern === null || key === null || pattern.length !== key.length) return false;
  return pattern.every((part, index) => globOf(part).test(key[index] ?? ''));
}

function globOf(part: string): RegExp {
  const literal = part.split('*').map((text) => RegExp.escape(text));
  return new RegExp(`^${literal.join('.*')}$`, 'u');
}

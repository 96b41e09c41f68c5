import { z } from 'zod';

/** One look at one thing. */
export const checkResultSchema = z.strictObject({
  name: z.string().max(64),
  isGood: z.boolean(),
  /** What is advisory is told, and decides nothing. */
  isRequired: z.boolean(),
  /** What a failure says: something of this release, or of the node, its hardware or its cluster. */
  blames: z.enum(['release', 'node']),
  message: z.string().max(256),
});
export type CheckResult = Readonly<z.infer<typeof checkResultSchema>>;

/** One round of all checks. Never throws: a check that cannot look has failed. */
export type Look = () => Promise<readonly CheckResult[]>;

/** A required check whose failure costs the release a try. */
export function releaseCheck(name: string, isGood: boolean, message: string): CheckResult {
  return { name, isGood, isRequired: true, blames: 'release', message };
}

/** A required check that would fail with any release. */
export function nodeCheck(name: string, isGood: boolean, message: string): CheckResult {
  return { name, isGood, isRequired: true, blames: 'node', message };
}

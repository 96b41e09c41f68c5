import { z } from 'zod';
import { digest, hex64 } from './metadata-words.ts';

/** Never `.` or `..`, hidden or in a folder: it stays where it is put. */
const targetName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$/, 'the name of a target');

const custom = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('release'), release: digest }),
  z.strictObject({ kind: z.literal('boot'), release: digest }),
  z.strictObject({ kind: z.literal('blocks'), release: digest }),
  z.strictObject({ kind: z.literal('image'), release: digest }),
  z.strictObject({ kind: z.literal('delta'), release: digest, base: digest }),
  z.strictObject({ kind: z.literal('channel'), release: digest }),
  z.strictObject({ kind: z.literal('halt'), release: digest }),
]);

const target = z.strictObject({
  length: z
    .int()
    .min(1)
    .max(2 ** 40),
  hashes: z.strictObject({ sha256: hex64 }),
  custom,
});

/** What a target is for: its kind, the release it is of, and for a delta pack the release that it needs. */
export type TargetCustom = Readonly<z.infer<typeof custom>>;
export type TargetFile = Readonly<z.infer<typeof target>>;

export const targetSchema = z.record(targetName, target);

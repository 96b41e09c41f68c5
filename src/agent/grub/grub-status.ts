import { z } from 'zod';
import type { GrubRest } from './decide-grub.ts';
import type { SettledGrub } from './update-grub.ts';

const placeSchema = z.object({ version: z.string(), epoch: z.int() }).nullable();

/** What status says of GRUB's own image. */
export const grubStatusSchema = z.object({
  /** The version that booted this node; null where it did not say. */
  booted: z.string().nullable(),
  /** What firmware starts, and what stands in the other place; null where that is not whole, or not known. */
  first: placeSchema,
  second: placeSchema,
  /** Of the running release. */
  release: z.string().nullable(),
  state: z.enum([
    ...['current', 'waits-for-commit', 'waits-for-restart', 'on-trial', 'failed', 'newer'],
    ...['not-brought', 'fixed', 'error'],
  ] as const),
  /** For people: what that means, and what to do where there is something to do. */
  message: z.string(),
});

export type GrubStatus = Readonly<z.infer<typeof grubStatusSchema>>;

export function grubStatusOf({ booted, first, second, brought, at }: SettledGrub): GrubStatus {
  const release = brought?.version ?? null;
  return { booted, first, second, release, state: at, message: MESSAGES[at] };
}

/** Where it is not known what stands in the places. */
export function unknownGrub(
  state: 'fixed' | 'error',
  booted: string | null,
  why: string,
): GrubStatus {
  const message = state === 'fixed' ? `cannot be updated: ${why}` : `was not updated: ${why}`;
  return { booted, first: null, second: null, release: null, state, message };
}

const MESSAGES: Readonly<Record<GrubRest, string>> = {
  current: 'as the running release brings it',
  'waits-for-commit': 'the running release brings another, which is tried once that is committed',
  'waits-for-restart': 'another is written, and tried once at the next restart',
  'on-trial': 'another booted this node; it stays once the running release is committed',
  failed:
    'the one of the running release was tried, and another booted this node: it is not tried again before `kubeos-agent retry-grub`',
  newer: 'of a newer release than the one that runs: it stays',
  'not-brought': 'the running release brings none',
};

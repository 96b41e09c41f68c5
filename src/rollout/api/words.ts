import { z } from 'zod';
import type { Amount } from '../plan/fleet.ts';

/** `1h30m`, `45m`, `90s`: as Kubernetes writes durations (metav1.Duration), without fractions. @returns milliseconds */
export const duration = z
  .string()
  .regex(/^(?=\d)(\d{1,4}h)?(\d{1,5}m)?(\d{1,6}s)?$/, 'a duration such as 90s, 45m or 1h30m')
  .transform((text) => {
    const of = (unit: string): number => Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0);
    return ((of('h') * 60 + of('m')) * 60 + of('s')) * 1000;
  });

/** A number of nodes, or a share of them such as `10%` (intstr.IntOrString). */
export const amount = z.union(
  [
    z
      .int()
      .min(0)
      .transform((count): Amount => ({ count })),
    z
      .string()
      .regex(/^(\d|[1-9]\d|100)%$/)
      .transform((text): Amount => ({ percent: Number(text.slice(0, -1)) })),
  ],
  'a number of nodes, or a share of them such as 10%',
);

/** A number or share of nodes that may be away: with none, none would ever begin, and nobody would be told why. */
export const someAmount = amount.refine(
  (asked) => ('count' in asked ? asked.count : asked.percent) > 0,
  'at least 1, or 1%: with none no node would ever begin; paused: true holds a rollout',
);

export const timeZone = z
  .string()
  .refine(isTimeZone, 'a time zone of the IANA database, such as Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

export const date = z.iso.date('a day such as 2026-12-24');
export const timeOfDay = z.iso.time({ precision: null, error: 'a time of day such as 23:00' });

/** Version and digest in one value, so that one edit moves both: `1.4.2@sha256:…`. */
export const release = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,63}@sha256:[0-9a-f]{64}$/,
    'a version and a digest such as 1.4.2@sha256:…: only a digest says for certain what is meant',
  )
  .transform((text) => {
    const [version = '', digest = ''] = text.split('@');
    return { version, digest };
  });

import { z } from 'zod';

export const hex64 = z.string().regex(/^[0-9a-f]{64}$/, '64 digits of lower-case hex');

export const name = z.string().regex(/^[a-z0-9.-]{1,64}$/, 'a name of a-z, 0-9, "." and "-"');

/** A release's digest, as everywhere: `sha256:` and its hex. */
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 digits of hex');

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { GateLimits } from './health-gate.ts';

const schema = z.strictObject({ stableSeconds: z.int().min(1), deadlineSeconds: z.int().min(1) });

/** A look is not free, and an hour of trial needs no look each second. */
const INTERVAL_MS = 2000;

/** What the image says (`health` of its definition). A node must be able to judge itself, so damage gives the defaults. */
export async function readLimits(file: string): Promise<GateLimits> {
  const found = await readFile(file, 'utf8')
    .then((text) => schema.parse(JSON.parse(text)))
    .catch(() => ({ stableSeconds: 10, deadlineSeconds: 600 }));
  return {
    stableMs: found.stableSeconds * 1000,
    deadlineMs: found.deadlineSeconds * 1000,
    intervalMs: INTERVAL_MS,
  };
}

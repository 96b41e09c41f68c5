import { KubeosError } from '../../../src/errors.ts';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { readFile, rm } from 'node:fs/promises';
import { faultProxy, type Fault } from './fault-proxy.ts';
import { originOf, serveFiles } from './origin.ts';
import { setting } from './setting.ts';
import { fetchOnce } from './test-fetch.ts';
import { MIB } from './test-release.ts';

const faults = fc.record({
  /** One connection in so many is hurt. */
  every: fc.integer({ min: 1, max: 4 }),
  kind: fc.constantFrom('cut', 'flip', 'drop'),
  at: fc.integer({ min: 0, max: 300_000 }),
  /** Of the image's compressed size. */
  budgetShare: fc.double({ min: 0.5, max: 4, noNaN: true }),
});

/**
 * Fetches through random faults, again and again into one file: whatever happens, the file ends right or there is an
 * error of ours, and no fetch takes more than its budget.
 */
export async function fetchThroughFaults(t: ExecutionContext, runs: number): Promise<void> {
  await using given = await setting(6);
  await using origin = await originOf(serveFiles(given.repository));
  const property = fc.asyncProperty(faults, async ({ every, kind, at, budgetShare }) => {
    const fault: Fault = (piece, { number, sent }) => {
      const offset = at - sent;
      if (number % every !== 0 || offset < 0 || offset >= piece.length) return { piece };
      if (kind === 'cut') return { piece: piece.subarray(0, offset), after: 'cut' };
      const before = piece.subarray(0, offset);
      const byte = Buffer.of((piece[offset] ?? 0) ^ 0x11);
      const changed = kind === 'flip' ? [before, byte] : [before];
      return { piece: Buffer.concat([...changed, piece.subarray(offset + 1)]) };
    };
    await using proxy = await faultProxy(origin.url, fault);
    const maxTransferBytes = Math.round(given.release.manifest.full.size * budgetShare);
    const outcome = await outcomeOf(
      fetchOnce({ ...given, addresses: [proxy.url], options: { maxTransferBytes } }),
    );
    // A socket's worth may have been on its way when the client stopped.
    t.true(proxy.bytes() <= maxTransferBytes + MIB);
    if (outcome !== 'done') return;
    t.true((await readFile(given.output)).equals(given.release.image));
    await rm(given.output);
  });
  await fc.assert(property, { numRuns: runs });
  await fetchOnce({ ...given, addresses: [origin.url] });
  t.true((await readFile(given.output)).equals(given.release.image));
}

async function outcomeOf(fetching: Promise<unknown>): Promise<'done' | 'failed'> {
  try {
    await fetching;
    return 'done';
  } catch (error) {
    if (!(error instanceof KubeosError)) throw error;
    return 'failed';
  }
}

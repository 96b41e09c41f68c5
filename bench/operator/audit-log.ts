import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const entrySchema = z.object({
  auditID: z.string(),
  verb: z.string(),
  requestReceivedTimestamp: z.string(),
  objectRef: z.object({ resource: z.string(), subresource: z.string().optional() }).optional(),
});

/** Requests, by verb and resource, such as `patch osinstances`. */
export type Requests = Readonly<Record<string, number>>;

/** What the API server has written down of one account (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/). */
export class AuditLog {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Received in this time; a watch is one request, however long it lasts. */
  async between(fromMs: number, untilMs: number): Promise<Requests> {
    const seen = new Set<string>();
    const counts: Record<string, number> = {};
    for (const line of (await readFile(this.#file, 'utf8')).split('\n')) {
      if (line === '') continue;
      const { auditID, verb, objectRef, requestReceivedTimestamp } = entrySchema.parse(
        JSON.parse(line),
      );
      const atMs = Date.parse(requestReceivedTimestamp);
      if (atMs < fromMs || atMs >= untilMs || seen.has(auditID)) continue;
      seen.add(auditID);
      const { resource = 'others', subresource } = objectRef ?? {};
      const what = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
      counts[what] = (counts[what] ?? 0) + 1;
    }
    return counts;
  }
}

/** Renewing the Lease is what an operator does that does nothing. */
export function countOf(requests: Requests): { readonly lease: number; readonly other: number } {
  const entries = Object.entries(requests);
  const sum = (some: typeof entries): number => some.reduce((all, [, count]) => all + count, 0);
  const isLease = ([what]: readonly [string, number]): boolean => what.endsWith(' leases');
  return {
    lease: sum(entries.filter(isLease)),
    other: sum(entries.filter((entry) => !isLease(entry))),
  };
}

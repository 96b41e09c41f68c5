/** An open connection; `running` is the number of its answers under way. */
export interface OpenConnection {
  readonly client: string;
  readonly running: number;
}

/**
 * The connection to close so that the limits are kept, or undefined where they are. Connections are given in the
 * order in which they became idle; the newest, which is idle too, last.
 * - One client may have half of all: no place takes every connection, even by keeping all of them busy.
 * - Where all are used up, the client that has most gives one: the one that is idle longest.
 */
export function chooseVictim<Connection extends OpenConnection>(
  connections: readonly Connection[],
  limit: number,
): Connection | undefined {
  const newest = connections.at(-1);
  if (newest === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const { client } of connections) counts.set(client, (counts.get(client) ?? 0) + 1);
  const idle = connections.filter(({ running }) => running === 0);
  if ((counts.get(newest.client) ?? 0) > Math.ceil(limit / 2)) {
    return idle.find(({ client }) => client === newest.client);
  }
  if (connections.length <= limit) return undefined;
  const most = (found: Connection | undefined, next: Connection): Connection =>
    found !== undefined && count(counts, found) >= count(counts, next) ? found : next;
  return idle.reduce<Connection | undefined>(most, undefined);
}

function count(counts: ReadonlyMap<string, number>, { client }: OpenConnection): number {
  return counts.get(client) ?? 0;
}

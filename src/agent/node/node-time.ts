import { stat } from 'node:fs/promises';

/**
 * The node's time: no earlier than its image was built (`/usr/lib/clock-epoch`, whose time is that), because a clock that
 * lost its battery would take metadata that ended long ago. What the last trusted metadata proves is added where that is read.
 */
export async function nodeTime(clockEpoch: string, clock: () => Date): Promise<() => Date> {
  const builtMs = await stat(clockEpoch).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return () => new Date(Math.max(clock().getTime(), builtMs));
}

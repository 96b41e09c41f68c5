import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export const watchdogSchema = z.object({
  /** `software`: the kernel's own, which does not see a kernel whose timers stop. */
  kind: z.enum(['hardware', 'software', 'none']),
  name: z.string().nullable(),
  /** Whether it watches this boot; otherwise it would watch a trial. */
  isArmed: z.boolean(),
});
export type Watchdog = Readonly<z.infer<typeof watchdogSchema>>;

export interface WatchdogPlaces {
  /** Of the initramfs (contract section 3). */
  readonly found: string;
  /** What hardware has a driver that is loaded. */
  readonly identity: string;
}

export const WATCHDOG_PLACES: WatchdogPlaces = {
  found: '/run/kubeos/watchdog',
  identity: '/sys/class/watchdog/watchdog0/identity',
};

/** What covers a kernel or systemd that hangs, now or on a trial. */
export async function findWatchdog({ found, identity }: WatchdogPlaces): Promise<Watchdog> {
  const [kind, ...words] = (await lineOf(found)).split(' ');
  const name = words.join(' ');
  if (kind === 'hardware' || kind === 'software') return { kind, name, isArmed: true };
  if (kind !== 'unused') return { kind: 'none', name: null, isArmed: false };
  const driver = await lineOf(identity);
  // Where the machine has none, a trial takes the kernel's own.
  if (driver === '') return { kind: 'software', name: null, isArmed: false };
  return { kind: 'hardware', name: driver, isArmed: false };
}

async function lineOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim().slice(0, 64);
}

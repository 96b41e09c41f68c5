import { stat } from 'node:fs/promises';
import { findWatchdog, type Watchdog, type WatchdogPlaces } from '../node/find-watchdog.ts';
import { good, note, type Finding } from './finding.ts';

/** What restarts a release that hangs. */
export async function examineWatchdog(places: WatchdogPlaces): Promise<readonly Finding[]> {
  return [watchdogFinding(await findWatchdog(places))];
}

function watchdogFinding({ kind, name, isArmed }: Watchdog): Finding {
  const when = isArmed ? 'watches' : 'would watch a trial';
  if (kind === 'hardware') return good('watchdog', `${name ?? 'of the machine'} ${when}`);
  if (kind === 'none') {
    const remedy =
      'watchdog.when of the definition, and a driver: the kernel has none, not even softdog';
    return note('watchdog', 'none: nothing restarts a kernel that hangs', remedy);
  }
  const remedy = 'give the machine one of its own (for QEMU -device i6300esb)';
  return note('watchdog', `the kernel's own ${when}: not a kernel whose timers stop`, remedy);
}

/** Why a trial failed can be said only where its journal lasted. */
export async function examineJournal(folder: string): Promise<readonly Finding[]> {
  const lasts = await stat(folder).then(
    () => true,
    () => false,
  );
  if (lasts) return [good('journal', `lasts, in ${folder}`)];
  const remedy = `mkdir ${folder} && systemctl restart systemd-journald`;
  return [note('journal', 'is lost at each restart: no trial that failed can say why', remedy)];
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { KUBEOS } from './kubeos-subject.ts';

/** The first words of each part on the serial console, in their order; the last ends the boot. */
const PARTS = [
  { part: 'firmware', begins: undefined },
  { part: 'GRUB', begins: /Welcome to GRUB|kubeos: (?:slot|booting)/ },
  { part: 'kernel', begins: 'Linux version' },
  { part: 'initramfs', begins: 'Run /init as init process' },
  { part: 'systemd', begins: /systemd\[1\]: systemd \d/ },
  { part: 'login prompt', begins: /login: ?$/m },
] as const;

/** Seconds that each part of a boot took, by its name, and all of them. */
export interface BootTimes {
  readonly parts: Readonly<Record<string, number>>;
  readonly total: number;
}

/**
 * Boots the disk with `kubeos boot --until-login` and reads the clock when each part first speaks.
 *
 * @throws Error when a part never speaks
 */
export async function bootTimes(disk: string, firmware: 'uefi' | 'bios'): Promise<BootTimes> {
  const started = performance.now();
  const args = [KUBEOS, 'boot', disk, '--firmware', firmware, '--until-login'];
  const machine = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const seen = new Map<string, number>();
  let text = '';
  machine.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (const { part, begins } of PARTS) {
      if (seen.has(part) || !isIn(text, begins)) continue;
      seen.set(part, (performance.now() - started) / 1000);
    }
  });
  await once(machine, 'close');
  return durations(seen);
}

function isIn(text: string, begins: string | RegExp | undefined): boolean {
  if (begins === undefined) return true;
  return typeof begins === 'string' ? text.includes(begins) : begins.test(text);
}

/** The firmware counts from the start of the command: QEMU's own start is in it. */
function durations(seen: ReadonlyMap<string, number>): BootTimes {
  const at = PARTS.map(({ part, begins }) => {
    const time = begins === undefined ? 0 : seen.get(part);
    if (time === undefined) throw new Error(`the boot never came to: ${part}`);
    return { part, time };
  });
  const parts = at
    .slice(0, -1)
    .map(({ part, time }, index) => [part, (at[index + 1]?.time ?? time) - time] as const);
  return { parts: Object.fromEntries(parts), total: at.at(-1)?.time ?? 0 };
}

import { KubeosError } from '../errors.ts';
import type { CommandRunner } from './command-runner.ts';

/**
 * Restarts the machine in order, when who holds a block inhibitor lets it (systemd-inhibit(1)); a delay, as kubelet takes for
 * its pods, is always waited for.
 *
 * @throws KubeosError REFUSED when somebody holds one, or systemd does not answer
 */
export async function restartWhenAllowed(run: CommandRunner): Promise<void> {
  try {
    await run('systemctl', ['--no-block', '--check-inhibitors=yes', 'reboot']);
  } catch (cause) {
    throw new KubeosError('REFUSED', 'systemd does not restart the machine now', {
      cause,
      hint: 'systemd-inhibit --list says who holds it up; nothing else changed, ask again later',
    });
  }
}

/** A release that is not healthy is left, whoever holds the machine up: what holds it up may be what is not healthy. */
export async function restartFromTrial(run: CommandRunner): Promise<void> {
  await run('systemctl', ['--no-block', '--check-inhibitors=no', 'reboot']);
}

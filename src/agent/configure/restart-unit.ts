import { KubeosError } from '../../errors.ts';
import type { CommandReader } from '../command-runner.ts';

export interface UnitWorld {
  readonly read: CommandReader;
  readonly wait: (ms: number) => Promise<void>;
  /** What kubelet says of itself: `ok`. */
  readonly askKubelet: () => Promise<string>;
}

const SETTLE_ROUNDS = 5;
const KUBELET_ROUNDS = 60;
const ROUND_MS = 1000;

/** Whether it runs: one that does not reads its new file when it is started. */
export async function isUnitActive(unit: string, { read }: Pick<UnitWorld, 'read'>) {
  return (await read('systemctl', ['is-active', unit])).stdout.trim() === 'active';
}

/**
 * Restarts a unit, and returns once it is well: it stays active with one process, and kubelet answers where it did before.
 *
 * @throws KubeosError COMMAND_FAILED
 */
export async function restartUnit(unit: string, world: UnitWorld): Promise<void> {
  const { read, askKubelet } = world;
  const wasAnswering = unit === 'kubelet.service' && (await askKubelet()) === 'ok';
  // After a restart that failed too often it would not be started at all.
  await read('systemctl', ['reset-failed', unit]);
  const { exitCode } = await read('systemctl', ['restart', unit]);
  if (exitCode !== 0) throw failed(unit, 'it does not start');
  await staysActive(unit, world);
  if (wasAnswering) await answersAgain(unit, world);
}

async function answersAgain(unit: string, { wait, askKubelet }: UnitWorld): Promise<void> {
  for (let round = 0; (await askKubelet()) !== 'ok'; round += 1) {
    if (round === KUBELET_ROUNDS) throw failed(unit, 'it does not answer any more');
    await wait(ROUND_MS);
  }
}

async function staysActive(unit: string, { read, wait }: UnitWorld): Promise<void> {
  const stateOf = async (): Promise<string> => {
    const properties = ['--property', 'ActiveState,MainPID'];
    return (await read('systemctl', ['show', ...properties, unit])).stdout;
  };
  const first = await stateOf();
  for (let round = 0; round < SETTLE_ROUNDS; round += 1) {
    await wait(ROUND_MS);
    const now = await stateOf();
    if (now !== first || !/^ActiveState=active$/m.test(now))
      throw failed(unit, 'it does not stay up');
  }
}

function failed(unit: string, why: string): KubeosError {
  const message = `${unit} was restarted with the new settings, and ${why}`;
  const hint = `everything is as it was before; journalctl -u ${unit} says why`;
  return new KubeosError('COMMAND_FAILED', message, { hint });
}

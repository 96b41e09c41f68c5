import test from 'ava';
import { KubeosError } from '../errors.ts';
import type { CommandRunner } from './command-runner.ts';
import { restartFromTrial, restartWhenAllowed } from './restart-machine.ts';

/** systemctl while somebody holds a block inhibitor: root is only told where it asks. */
const held: CommandRunner = async (_, args) => {
  if (args.includes('--check-inhibitors=yes')) throw new KubeosError('COMMAND_FAILED', 'held');
};

test('a restart that was asked for waits for who holds the machine up; a trial that failed does not', async (t) => {
  await t.throwsAsync(restartWhenAllowed(held), { code: 'REFUSED' });
  await t.notThrowsAsync(restartFromTrial(held));
});

import { askStatus } from '../client/ask-agent.ts';
import { describeStatus } from './describe-status.ts';
import type { AgentCommand, Invocation, Said } from './invocation.ts';
import { plan, prepare } from './prepare-commands.ts';
import { activate, cancel, commit, reboot, rollBack } from './switch-commands.ts';
import { watch } from './watch-command.ts';

/** Subcommands that ask a running agent. */
export const COMMANDS: ReadonlyMap<string, AgentCommand> = new Map([
  ['status', { usage: 'status', summary: 'What runs, what is next, what goes on', run: status }],
  ['watch', { usage: 'watch', summary: 'What happens, from now on', run: watch }],
  [
    'plan',
    {
      usage: 'plan RELEASE [--repository NAME]',
      summary: 'What preparing a release would fetch, and what would refuse it; changes nothing',
      run: plan,
    },
  ],
  [
    'prepare',
    {
      usage: 'prepare RELEASE [--repository NAME] [--limit-rate BYTES] [--max-transfer BYTES]',
      summary:
        'Fetch a release (digest, version or channel) into the standby slot, and wait for it',
      run: prepare,
    },
  ],
  [
    'activate',
    {
      usage: 'activate [DIGEST]',
      summary: 'Make the next boot a trial of what was prepared',
      run: activate,
    },
  ],
  [
    'cancel',
    { usage: 'cancel', summary: 'Stop what goes on, or take an activation back', run: cancel },
  ],
  ['reboot', { usage: 'reboot', summary: 'Restart the machine in order', run: reboot }],
  ['commit', { usage: 'commit', summary: 'Say that the running release is good', run: commit }],
  [
    'rollback',
    {
      usage: 'rollback',
      summary: 'Make the other slot the next to boot, if it is good and whole',
      run: rollBack,
    },
  ],
]);

async function status({ socket }: Invocation): Promise<Said> {
  return { text: describeStatus(await askStatus(socket)) };
}

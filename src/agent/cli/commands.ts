import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { askAgent } from '../client/ask-agent.ts';
import type { AgentStatus } from '../status.ts';
import { describeOperation, describeStatus } from './describe-status.ts';

export interface Invocation {
  readonly socket: string;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export interface AgentCommand {
  readonly usage: string;
  readonly summary: string;
  readonly run: (invocation: Invocation) => Promise<void>;
}

/** Subcommands that ask a running agent. */
export const COMMANDS: ReadonlyMap<string, AgentCommand> = new Map([
  [
    'status',
    { usage: 'status [--json]', summary: 'What runs, what is next, what goes on', run: status },
  ],
  [
    'prepare',
    {
      usage: 'prepare RELEASE [--repository NAME] [--allow-older] [--allow-failed]',
      summary: 'Fetch a release into the standby slot, and wait for it',
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
  ['reboot', { usage: 'reboot', summary: 'Restart the machine in order', run: post('/v1/reboot') }],
  [
    'commit',
    { usage: 'commit', summary: 'Say that the running release is good', run: post('/v1/commit') },
  ],
  [
    'rollback',
    {
      usage: 'rollback',
      summary: 'Make the other slot the next to boot',
      run: post('/v1/rollback'),
    },
  ],
]);

async function status({ socket, options, stdout }: Invocation): Promise<void> {
  const answer = await statusFrom(socket);
  stdout(
    options['json'] === true ? `${JSON.stringify(answer, null, 2)}\n` : describeStatus(answer),
  );
}

async function prepare(invocation: Invocation): Promise<void> {
  const { socket, positionals, options } = invocation;
  const [release] = positionals;
  if (release === undefined)
    throw new KubeosError('USAGE', 'name the release: a digest, a version or a channel');
  const answer = await askAgent({
    ...{ socket, method: 'POST', path: '/v1/prepare' },
    body: {
      release,
      ...(typeof options['repository'] === 'string' && { repository: options['repository'] }),
      allowOlder: options['allow-older'] === true,
      allowFailed: options['allow-failed'] === true,
    },
  });
  const { operation } = z.object({ operation: z.object({ id: z.int() }) }).parse(answer);
  await untilEnd(operation.id, invocation);
}

const POLL_MS = 500;

/** Tells what goes on, in a line for each tenth. */
async function untilEnd(id: number, { socket, stdout, stderr }: Invocation): Promise<void> {
  let said = '';
  for (;;) {
    const { operation, last } = await statusFrom(socket);
    if (operation?.id !== id) {
      if (last?.id !== id) throw new KubeosError('INTERNAL', 'the agent was restarted meanwhile');
      if (last.error === null) return stdout(`${last.kind} ${last.release ?? ''} done\n`);
      const { message, hint } = last.error;
      throw new KubeosError('REFUSED', message, hint === null ? {} : { hint });
    }
    const line = describeOperation(operation);
    if (line !== said) stderr(`${line}\n`);
    said = line;
    await sleep(POLL_MS);
  }
}

async function activate({ socket, positionals, stdout }: Invocation): Promise<void> {
  const { booted, slots } = await statusFrom(socket);
  const prepared = slots[booted === 'A' ? 'B' : 'A'].release;
  const release = positionals[0] ?? prepared?.digest;
  if (release === undefined)
    throw new KubeosError('REFUSED', 'nothing is prepared', { hint: 'prepare a release first' });
  await askAgent({ socket, method: 'POST', path: '/v1/activate', body: { release } });
  stdout('the next boot is its trial: kubeos-agent reboot\n');
}

async function cancel({ socket, stdout }: Invocation): Promise<void> {
  const { operation } = await statusFrom(socket);
  const path = operation === null ? '/v1/activation' : '/v1/operation';
  await askAgent({ socket, method: 'DELETE', path });
  stdout('cancelled\n');
}

function post(path: string): AgentCommand['run'] {
  return async ({ socket, stdout }) => {
    await askAgent({ socket, method: 'POST', path });
    stdout('done\n');
  };
}

/** The agent is of the same program. */
async function statusFrom(socket: string): Promise<AgentStatus> {
  // oxlint-disable-next-line no-unsafe-type-assertion
  return (await askAgent({ socket, method: 'GET', path: '/v1/status' })) as AgentStatus;
}

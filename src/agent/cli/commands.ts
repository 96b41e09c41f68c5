import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isErrorCode, KubeosError } from '../../errors.ts';
import { askAgent, askStatus } from '../client/ask-agent.ts';
import { otherSlot } from '../slots/node-state.ts';
import type { AgentStatus } from '../status.ts';
import { describeOperation, describeStatus } from './describe-status.ts';

export interface Invocation {
  readonly socket: string;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whoever waits here goes; the agent goes on. */
  readonly signal: AbortSignal;
}

export interface AgentCommand {
  readonly usage: string;
  readonly summary: string;
  /** @returns what is said to a person; with --json the status that came of it is said */
  readonly run: (invocation: Invocation) => Promise<string>;
}

/** Subcommands that ask a running agent. */
export const COMMANDS: ReadonlyMap<string, AgentCommand> = new Map([
  ['status', { usage: 'status', summary: 'What runs, what is next, what goes on', run: status }],
  [
    'prepare',
    {
      usage: 'prepare RELEASE [--repository NAME] [--allow-older] [--allow-failed]',
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

async function status({ socket }: Invocation): Promise<string> {
  return describeStatus(await askStatus(socket));
}

async function prepare(invocation: Invocation): Promise<string> {
  const { socket, positionals, options } = invocation;
  const [release] = positionals;
  if (release === undefined) {
    throw new KubeosError('USAGE', 'name the release: a digest, a version or a channel', {
      hint: 'kubeos-agent prepare stable',
    });
  }
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
  return `${release} is in the standby slot: kubeos-agent activate\n`;
}

const POLL_MS = 500;

/** Tells what goes on, in a line for each tenth. */
async function untilEnd(id: number, { socket, stderr, signal }: Invocation): Promise<void> {
  let said = '';
  for (;;) {
    const { operation, last } = await askStatus(socket);
    if (operation?.id !== id) return assertDone(id, last);
    const line = describeOperation(operation);
    if (line !== said) stderr(`${line}\n`);
    said = line;
    await sleep(POLL_MS, undefined, { signal }).catch((cause: unknown) => {
      throw new KubeosError('CANCELLED', 'the agent goes on', {
        cause,
        hint: 'kubeos-agent status shows how far it is; kubeos-agent cancel stops it',
      });
    });
  }
}

function assertDone(id: number, last: AgentStatus['last']): void {
  if (last?.id !== id) {
    throw new KubeosError('INTERNAL', 'the agent was restarted meanwhile', {
      hint: 'run it again: it goes on from there',
    });
  }
  if (last.error === null) return;
  const { code, message, hint } = last.error;
  throw new KubeosError(isErrorCode(code) ? code : 'INTERNAL', message, {
    ...(hint !== null && { hint }),
  });
}

async function activate({ socket, positionals }: Invocation): Promise<string> {
  const { booted, slots } = await askStatus(socket);
  const release = positionals[0] ?? slots[otherSlot(booted)].release?.digest;
  if (release === undefined) {
    throw new KubeosError('REFUSED', 'nothing is prepared', { hint: 'prepare a release first' });
  }
  await askAgent({ socket, method: 'POST', path: '/v1/activate', body: { release } });
  return 'the next boot is its trial: kubeos-agent reboot\n';
}

async function cancel({ socket }: Invocation): Promise<string> {
  const { operation, next, booted } = await askStatus(socket);
  if (operation !== null) {
    await askAgent({ socket, method: 'DELETE', path: '/v1/operation' });
    return `${operation.kind} is being stopped\n`;
  }
  if (next.slot === booted) return 'there is nothing to cancel\n';
  await askAgent({ socket, method: 'DELETE', path: '/v1/activation' });
  return `the next boot is slot ${booted} again\n`;
}

async function reboot({ socket }: Invocation): Promise<string> {
  await askAgent({ socket, method: 'POST', path: '/v1/reboot' });
  return 'the machine restarts\n';
}

async function commit({ socket }: Invocation): Promise<string> {
  await askAgent({ socket, method: 'POST', path: '/v1/commit' });
  return 'the running release is good\n';
}

async function rollBack({ socket }: Invocation): Promise<string> {
  await askAgent({ socket, method: 'POST', path: '/v1/rollback' });
  const { next } = await askStatus(socket);
  return `the next boot is slot ${next.slot}: kubeos-agent reboot\n`;
}

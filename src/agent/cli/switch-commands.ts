import { KubeosError } from '../../errors.ts';
import { askAgent, askStatus } from '../client/ask-agent.ts';
import type { OperationKind } from '../operations/operation.ts';
import { otherSlot } from '../slots/node-state.ts';
import type { Invocation, Said } from './command.ts';

/** `kubeos-agent activate [DIGEST]` */
export async function activate({ socket, signal, positionals }: Invocation): Promise<Said> {
  const { booted, slots } = await askStatus(socket);
  const release = positionals[0] ?? slots[otherSlot(booted)].release?.digest;
  if (release === undefined) {
    throw new KubeosError('REFUSED', 'nothing is prepared', { hint: 'prepare a release first' });
  }
  await askAgent({ socket, signal, method: 'POST', path: '/v1/activate', body: { release } });
  return { text: 'the next boot is its trial: kubeos-agent reboot\n' };
}

/** `kubeos-agent cancel` */
export async function cancel({ socket }: Pick<Invocation, 'socket'>): Promise<Said> {
  const { operation, next, booted } = await askStatus(socket);
  if (operation !== null) {
    if (!STOPPABLE.has(operation.kind)) return { text: unstoppable(operation.kind) };
    await askAgent({ socket, method: 'DELETE', path: '/v1/operation' });
    return { text: `${operation.kind} is being stopped\n` };
  }
  if (next.slot === booted) return { text: 'there is nothing to cancel\n' };
  await askAgent({ socket, method: 'DELETE', path: '/v1/activation' });
  return { text: `the next boot is slot ${booted} again\n` };
}

/** The others are short, or must not end halfway. */
const STOPPABLE: ReadonlySet<OperationKind> = new Set(['plan', 'prepare']);
const TAKEN_BACK: ReadonlySet<OperationKind> = new Set(['activate', 'rollback']);

function unstoppable(kind: OperationKind): string {
  const then = TAKEN_BACK.has(kind) ? ': when it has ended, the same command takes it back' : '';
  return `${kind} cannot be stopped${then}\n`;
}

/** `kubeos-agent reboot` */
export async function reboot({ socket }: Invocation): Promise<Said> {
  await askAgent({ socket, method: 'POST', path: '/v1/reboot' });
  return { text: 'the machine restarts\n' };
}

/** `kubeos-agent commit` */
export async function commit({ socket, signal }: Invocation): Promise<Said> {
  await askAgent({ socket, signal, method: 'POST', path: '/v1/commit' });
  return { text: 'the running release is good\n' };
}

/** `kubeos-agent rollback` */
export async function rollBack({ socket, signal }: Invocation): Promise<Said> {
  await askAgent({ socket, signal, method: 'POST', path: '/v1/rollback' });
  const { next } = await askStatus(socket);
  return { text: `the next boot is slot ${next.slot}: kubeos-agent reboot\n` };
}

/** `kubeos-agent retry-grub` */
export async function retryGrub({ socket, signal }: Invocation): Promise<Said> {
  await askAgent({ socket, signal, method: 'POST', path: '/v1/grub/retry' });
  return { text: `GRUB: ${(await askStatus(socket)).grub.message}\n` };
}

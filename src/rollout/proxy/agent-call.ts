import { hash } from 'node:crypto';
import type { AgentStatus } from '../../agent/status.ts';
import type { GivenRun } from './run-view.ts';

export type Step = 'prepare' | 'activate' | 'rollback' | 'reboot' | 'commit' | 'cancel';

/** One call of the agent's API (contract section 5). */
export interface AgentCall {
  readonly step: Step;
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** What is asked under it is done once, whoever asks again. */
  readonly key: string;
}

const CALLS = {
  prepare: (run) => ({ path: '/v1/prepare', body: prepareOrder(run) }),
  activate: ({ target, holdCommitSeconds = 0 }) => ({
    path: '/v1/activate',
    body: { release: target.digest, holdCommitSeconds },
  }),
  rollback: () => ({ path: '/v1/rollback' }),
  reboot: (_, { bootId }) => ({ path: '/v1/reboot', body: { bootId } }),
  commit: () => ({ path: '/v1/commit' }),
  cancel: () => ({ path: '/v1/operation' }),
} as const satisfies Readonly<
  Record<Step, (run: GivenRun, agent: AgentStatus) => Pick<AgentCall, 'path' | 'body'>>
>;

/**
 * The same for the same run, boot and last result, whichever process asks: who was cut off before the answer asks for
 * nothing new, and what has failed is another call when it is tried again.
 */
export function callFor(step: Exclude<Step, 'cancel'>, run: GivenRun, agent: AgentStatus) {
  const named = JSON.stringify([run.id, agent.bootId, agent.last?.id ?? 0]);
  const key = `${step}-${hash('sha256', named).slice(0, 40)}`;
  return { step, method: 'POST', key, ...CALLS[step](run, agent) } as const satisfies AgentCall;
}

/** Of the operation that goes on, which nobody wants any more. */
export function cancelCall({ bootId, operation }: AgentStatus): AgentCall {
  const key = `cancel-${hash('sha256', JSON.stringify([bootId, operation?.id ?? 0])).slice(0, 40)}`;
  return { step: 'cancel', method: 'DELETE', path: '/v1/operation', key };
}

function prepareOrder({ target, repository, image }: GivenRun): object {
  if (image === undefined) return { repository, release: target.digest };
  const checksum = target.digest.replace(/^sha256:/, '');
  return { ...image, imagetype: 'disk', checksum, version: target.version };
}

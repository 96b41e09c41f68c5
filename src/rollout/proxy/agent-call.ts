import { hash } from 'node:crypto';
import type { AgentStatus } from '../../agent/status.ts';
import type { Configurations } from '../api/configurations.ts';
import type { ConfigureKind } from './decide-configure.ts';
import type { GivenRun } from './run-view.ts';

/** Of a run. */
export type RunStep = 'prepare' | 'activate' | 'rollback' | 'reboot' | 'commit';
export type Step = RunStep | 'configure' | 'cancel';

/** One call of the agent's API (contract section 5). */
export interface AgentCall {
  readonly step: Step;
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** What is asked under it is done once, whoever asks again. */
  readonly key: string;
  /** What the node has when it is answered. */
  readonly applies?: { readonly kind: ConfigureKind; readonly settings: Configurations };
}

const CALLS = {
  prepare: (run, agent) => ({ path: '/v1/prepare', body: prepareOrder(run, agent) }),
  activate: ({ target, holdCommitSeconds = 0 }) => {
    const hold = holdCommitSeconds > 0 ? { holdCommitSeconds } : {};
    return { path: '/v1/activate', body: { release: target.digest, ...hold } };
  },
  rollback: () => ({ path: '/v1/rollback' }),
  reboot: (_, { bootId }) => ({ path: '/v1/reboot', body: { bootId } }),
  commit: () => ({ path: '/v1/commit' }),
} as const satisfies Readonly<
  Record<RunStep, (run: GivenRun, agent: AgentStatus) => Pick<AgentCall, 'path' | 'body'>>
>;

/**
 * The same for the same run, boot and last result, whichever process asks: who was cut off before the answer asks for
 * nothing new, and what has failed is another call when it is tried again.
 */
export function callFor(step: RunStep, run: GivenRun, agent: AgentStatus) {
  const key = keyOf(step, run.id, agent.bootId, agent.last?.id ?? 0);
  return { step, method: 'POST', key, ...CALLS[step](run, agent) } as const satisfies AgentCall;
}

const keyOf = (step: Step, ...of: readonly unknown[]): string =>
  `${step}-${hash('sha256', JSON.stringify(of)).slice(0, 40)}`;

/** Settings as KubeOS's objects have them; an empty `configpath` names no file. */
export function configureCall(
  kind: ConfigureKind,
  settings: Configurations,
  { bootId, last }: AgentStatus,
): AgentCall {
  const models = (settings.configs ?? []).map(({ configpath = '', ...model }) =>
    configpath === '' ? model : { ...model, configpath },
  );
  const key = keyOf('configure', kind, settings.version, models, bootId, last?.id ?? 0);
  const call = { step: 'configure', method: 'POST', path: '/v1/configure' } as const;
  return { ...call, body: { models }, key, applies: { kind, settings } };
}

/** Of the operation that goes on, which nobody wants any more. */
export function cancelCall({ bootId, operation }: AgentStatus): AgentCall {
  const key = keyOf('cancel', bootId, operation?.id ?? 0);
  return { step: 'cancel', method: 'DELETE', path: '/v1/operation', key };
}

function prepareOrder({ target, repository, image, triesAgain }: GivenRun, agent: AgentStatus) {
  const hasFailed = agent.failed.some(({ digest }) => digest === target.digest);
  // Only where it matters: agents of before know no such word from the cluster.
  const allow = hasFailed && triesAgain === true ? { allowFailed: true } : {};
  if (image === undefined) return { repository, release: target.digest, ...allow };
  const checksum = target.digest.replace(/^sha256:/, '');
  return { ...image, imagetype: 'disk', checksum, version: target.version, ...allow };
}

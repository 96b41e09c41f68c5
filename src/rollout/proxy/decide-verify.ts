import type { AgentStatus } from '../../agent/status.ts';
import { askFor, failing } from './ask-agent-for.ts';
import { reporting, saying, type RunDecision, type RunView } from './run-view.ts';

/** The target runs: it is committed once the agent finds it healthy and the cluster has let it, or when nobody does in time. */
export function decideVerify(view: RunView): RunDecision {
  const { run, agent } = view;
  const { trial, operation } = agent;
  if (trial === null) return committed(view);
  const verifying = (message: string): RunDecision =>
    saying(reporting(view, 'verifying', { message }));
  if (trial.commitsAt === null) return verifying(unhealthy(trial));
  if (run.commitIn !== agent.bootId) return verifying(heldUntil(trial.commitsAt));
  if (operation !== null) return verifying(`waits for the end of ${operation.kind}`);
  return askFor(view, 'commit', 'verifying');
}

const heldUntil = (time: string): string =>
  `healthy: commits when the cluster lets it, by itself at ${time}`;

function committed(view: RunView): RunDecision {
  if (view.agent.bootId !== view.run.bootId) return saying(reporting(view, 'committed'));
  const message = 'it runs already, and did before this run began: there is nothing to switch to';
  return failing(view, { code: 'REFUSED', message });
}

function unhealthy({ failing: checks }: NonNullable<AgentStatus['trial']>): string {
  if (checks.length === 0) return 'the agent looks whether it is healthy';
  return `not healthy yet: ${checks.map(({ name, message }) => `${name} ${message}`).join('; ')}`;
}

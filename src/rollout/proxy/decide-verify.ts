import type { AgentStatus } from '../../agent/status.ts';
import { askFor, failing } from './ask-agent-for.ts';
import { reporting, saying, type RunDecision, type RunView } from './run-view.ts';

/** The target runs: it is committed once the agent finds it healthy, and the cluster finds the node Ready. */
export function decideVerify(view: RunView): RunDecision {
  const { run, agent } = view;
  const { trial, operation } = agent;
  if (trial === null) return committed(view);
  const verifying = (message: string, wakeInMs: number | null = null): RunDecision =>
    saying(reporting(view, 'verifying', { message }), wakeInMs);
  if (trial.commitsAt === null) return verifying(unhealthy(trial));
  if (view.readyForMs === null) return verifying('healthy, and not Ready in the cluster yet');
  const leftMs = run.readySeconds * 1000 - view.readyForMs;
  if (leftMs > 0) return verifying(`has to be Ready for ${run.readySeconds} s`, leftMs);
  if (operation !== null) return verifying(`waits for the end of ${operation.kind}`);
  return askFor(view, 'commit', 'verifying');
}

function committed(view: RunView): RunDecision {
  if (view.agent.bootId !== view.run.bootId) return saying(reporting(view, 'committed'));
  const message = 'it runs already, and did before this run began: there is nothing to switch to';
  return failing(view, { code: 'REFUSED', message });
}

function unhealthy({ failing: checks }: NonNullable<AgentStatus['trial']>): string {
  if (checks.length === 0) return 'the agent looks whether it is healthy';
  return `not healthy yet: ${checks.map(({ name, message }) => `${name} ${message}`).join('; ')}`;
}

import type { AgentStatus } from '../../agent/status.ts';
import { decideSwitch } from './decide-switch.ts';
import { decideVerify } from './decide-verify.ts';
import { saying, type RunDecision, type RunView } from './run-view.ts';

/**
 * What to ask the agent for now, and what to say of the run. All that it goes by is observed, so a proxy that was ended
 * anywhere goes on from what there is.
 */
export function decideRun(view: RunView): RunDecision {
  const { run, reported, agent } = view;
  // The operator has seen it, or will: whatever happens to the node then is no part of this run.
  if (reported?.phase === 'failed') return saying(reported);
  const isTarget = bootedDigest(agent) === run.target.digest;
  return isTarget ? decideVerify(view) : decideSwitch(view);
}

export const bootedDigest = ({ slots, booted }: AgentStatus): string | null =>
  slots[booted].release?.digest ?? null;

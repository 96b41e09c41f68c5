import type { FailureReason } from '../../disk/slot-records.ts';
import type { CheckResult, Look } from './health-check.ts';
import { healthGate, type GateContext } from './health-gate.ts';
import { holdCommit, type HeldCommit } from './hold-commit.ts';

export interface TrialContext extends GateContext {
  readonly look: Look;
  readonly log: (line: string) => void;
  /** False once a person has committed it. */
  readonly isOnTrial: () => Promise<boolean>;
  /** False where it was not: the other slot is to boot next by now. */
  readonly commit: () => Promise<boolean>;
  readonly refuse: (reason: FailureReason) => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Nothing that a restart could mend: the trial may last beyond its deadline. */
  readonly hold: () => Promise<void>;
  readonly held: HeldCommit;
}

/**
 * A release on trial: committed when the node is healthy (and whoever activated it had time to do it), else the reason is recorded and the machine restarted, which
 * costs a try. What is not the release's fault neither commits nor restarts: the gate is asked again.
 */
export async function passTrial(context: TrialContext): Promise<void> {
  const { look, log } = context;
  for (;;) {
    const verdict = await healthGate(look, context);
    if (verdict.kind === 'healthy') {
      if (!(await holdCommit(look, context))) continue;
      if (!(await context.commit())) continue;
      return log('healthy: committed');
    }
    if (!(await context.isOnTrial())) return;
    const why = reasonsOf(verdict.failing);
    if (verdict.kind === 'unhealthy') {
      log(`unhealthy, restarting: ${why}`);
      await context.refuse({ code: 'UNHEALTHY', message: why });
      return await context.restart();
    }
    await context.hold();
    log(`not committed, for reasons that no release can mend: ${why}`);
  }
}

function reasonsOf(failing: readonly CheckResult[]): string {
  if (failing.length === 0) return 'it did not stay good for long enough';
  return failing.map(({ name, message }) => `${name} ${message}`).join('; ');
}

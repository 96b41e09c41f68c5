import type { OsObject } from '../../rollout/api/os-object.ts';
import { describeRollout } from '../../rollout/client/describe-rollout.ts';
import type { OperatorAway } from '../../rollout/client/operator-away.ts';
import { readVerdict } from '../../rollout/client/read-verdict.ts';
import type { RolloutReport } from '../../rollout/report/rollout-report.ts';

export interface Beside {
  readonly migration?: RolloutReport['migration'];
  /** Null: one works, or that is not known. */
  readonly operatorAway?: OperatorAway | null;
}

/** Where a rollout is: text, or one document with what was seen beside it. */
export function showRollout(os: OsObject, isJson: boolean, beside: Beside = {}): string {
  const { operatorAway = null } = beside;
  if (!isJson) {
    const away = operatorAway === null ? '' : `  ${operatorAway.message}\n`;
    return `${describeRollout(os)}\n${away}`;
  }
  const { metadata, status } = os;
  const { kind: verdict, reason, message } = readVerdict(os);
  const { name, namespace } = metadata;
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'RolloutStatus', name, namespace };
  return `${JSON.stringify({ ...document, verdict, reason, message, status, ...beside })}\n`;
}

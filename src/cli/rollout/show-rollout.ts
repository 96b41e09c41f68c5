import type { OsObject } from '../../rollout/api/os-object.ts';
import { describeRollout } from '../../rollout/client/describe-rollout.ts';
import { readVerdict } from '../../rollout/client/read-verdict.ts';

/** Where a rollout is: text, or one document. */
export function showRollout(os: OsObject, isJson: boolean, measured: object = {}): string {
  if (!isJson) return `${describeRollout(os)}\n`;
  const { metadata, status } = os;
  const { kind: verdict, reason, message } = readVerdict(os);
  const { name, namespace } = metadata;
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'RolloutStatus', name, namespace };
  return `${JSON.stringify({ ...document, verdict, reason, message, status, ...measured })}\n`;
}

import type { OsObject } from '../../rollout/api/os-object.ts';
import { describeProgress, describeRollout } from '../../rollout/client/describe-rollout.ts';
import { EXIT_CODE_OF, readVerdict } from '../../rollout/client/read-verdict.ts';
import { waitForRollout } from '../../rollout/client/wait-for-rollout.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { CliContext } from '../command-spec.ts';
import { placeOf } from './cluster-arguments.ts';

/** Where a rollout is: text, or one document. */
export function showRollout(os: OsObject, isJson: boolean): string {
  if (!isJson) return `${describeRollout(os)}\n`;
  const { metadata, status } = os;
  const { kind: verdict, reason, message } = readVerdict(os);
  const { name, namespace } = metadata;
  const document = { apiVersion: 'cli.kubeos/v1', kind: 'RolloutStatus', name, namespace };
  return `${JSON.stringify({ ...document, verdict, reason, message, status })}\n`;
}

export interface Waiting {
  readonly name: string;
  readonly namespace: string;
  readonly json: boolean;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
}

/** Tells each change in a line, and how it ended. @returns the exit code */
export async function showUntilCertain(
  api: KubeApi,
  { timeoutMs, json, ...place }: Waiting,
  { signal, stdout, stderr }: CliContext,
): Promise<number> {
  let said = '';
  const os = await waitForRollout(api, placeOf(place), {
    ...{ signal, timeoutMs },
    onTrouble: (why) => stderr.write(`${why}\n`),
    onChange: (changed) => {
      const line = describeProgress(changed);
      if (line !== said) stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
      said = line;
    },
  });
  stdout.write(showRollout(os, json));
  return EXIT_CODE_OF[readVerdict(os).kind];
}

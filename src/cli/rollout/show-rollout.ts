import type { OsObject } from '../../rollout/api/os-object.ts';
import { describeProgress, describeRollout } from '../../rollout/client/describe-rollout.ts';
import { EXIT_CODE_OF, readVerdict } from '../../rollout/client/read-verdict.ts';
import { waitForRollout } from '../../rollout/client/wait-for-rollout.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { CliContext } from '../command-spec.ts';
import { placeOf } from './cluster-arguments.ts';
import { tellTrouble } from './tell-trouble.ts';

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
  readonly quiet: boolean;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
  /** Of what is waited for; null for whatever is asked for. */
  readonly digest: string | null;
}

/** Tells each change in a line, and how it ended. @returns the exit code */
export async function showUntilCertain(
  api: KubeApi,
  { timeoutMs, digest, json, quiet, ...place }: Waiting,
  { signal, stdout, stderr }: Pick<CliContext, 'signal' | 'stdout' | 'stderr'>,
): Promise<number> {
  let said = '';
  const os = await waitForRollout(api, placeOf(place), {
    ...{ signal, timeoutMs, digest },
    onTrouble: tellTrouble({ json }, stderr),
    onChange: (changed) => {
      const line = describeProgress(changed);
      if (line !== said && !quiet) stderr.write(json ? progressEvent(changed) : timed(line));
      said = line;
    },
  });
  stdout.write(showRollout(os, json));
  return EXIT_CODE_OF[readVerdict(os).kind];
}

const timed = (line: string): string => `${new Date().toISOString().slice(11, 19)} ${line}\n`;

function progressEvent(os: OsObject): string {
  const { kind: verdict, reason, message } = readVerdict(os);
  const { name } = os.metadata;
  const time = new Date().toISOString();
  const { counts } = os.status;
  return `${JSON.stringify({ event: 'progress', time, name, verdict, reason, message, counts })}\n`;
}

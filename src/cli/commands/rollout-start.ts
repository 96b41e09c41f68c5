import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import { readOsSpec } from '../../rollout/api/rollout-policy.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { untilNothingIsLeft } from '../../rollout/client/until-nothing-is-left.ts';
import { stoppedBefore } from '../../rollout/client/stopped-before.ts';
import { mergedSpec } from '../../rollout/client/applied-spec.ts';
import {
  applyOs,
  osObjectOf,
  releaseAskedIn,
  specSetBefore,
  type OsPlace,
} from '../../rollout/client/os-objects.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import { specArguments, specOf } from '../rollout/asked-spec.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { assertReports } from '../rollout/report-files.ts';
import { showRollout } from '../rollout/show-rollout.ts';
import { showUntilCertain, type Waiting } from '../rollout/show-until-certain.ts';
import { operateLocally } from '../rollout/operate-locally.ts';
import { sshArguments, sshRule } from '../rollout/ssh-rule.ts';
import { watchArguments } from '../rollout/watch-arguments.ts';
import { workMeanwhile, type Worker } from '../rollout/work-meanwhile.ts';
import { workViaSsh, type SshWork } from '../rollout/work-via-ssh.ts';

const argumentsSchema = z.object({
  ...rolloutArguments,
  ...specArguments,
  ...sshArguments,
  dryRun: z.enum(['none', 'client', 'server']),
  wait: z.boolean(),
  local: z.boolean(),
  ...watchArguments,
});

/** `kubeos rollout start`: says which release the nodes of an OS object are to run. */
export const runRolloutStart: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { dryRun, wait, local, timeout } = options;
  const rule = await sshRule(options);
  const isWaiting = (wait || local || rule !== null) && dryRun === 'none';
  await assertReports(options.report, { isWaiting });
  const asked = await specOf(options);
  if (dryRun === 'client') {
    assertValid(asked, options);
    context.stdout.write(`${JSON.stringify(osObjectOf(placeOf(options), asked))}\n`);
    return 0;
  }
  const api = connectCluster(chosenCluster(options));
  const ssh = rule === null ? null : await workViaSsh(api, placeOf(options), rule);
  const spec = await wholeSpec(api, options, asked);
  assertValid(spec, options);
  const os = await applyOs(api, placeOf(options), { spec, isDryRun: dryRun === 'server' });
  if (!isWaiting) {
    context.stdout.write(showRollout(os, options.json));
    assertBegins(os, options);
    return 0;
  }
  const digest = releaseAskedIn(os)?.digest ?? null;
  const waiting = { ...options, timeoutMs: timeout, digest };
  return await follow({ api, context, waiting }, { local, ssh });
};

/** Where it is waited for, how it ends says so. */
function assertBegins(os: OsObject, { name, dryRun }: Options): void {
  const release = releaseAskedIn(os);
  const why = release === null || dryRun !== 'none' ? null : stoppedBefore(os, release);
  if (why === null) return;
  throw new KubeosError('REFUSED', why, { hint: `kubeos rollout retry ${name}` });
}

type Options = z.infer<typeof argumentsSchema>;

interface Followed {
  readonly api: KubeApi;
  readonly context: CliContext;
  readonly waiting: Waiting;
}

/** Waits for the end, and does meanwhile what nobody in the cluster does. */
async function follow(
  { api, context, waiting }: Followed,
  { local, ssh }: { readonly local: boolean; readonly ssh: SshWork | null },
): Promise<number> {
  const time = waiting.timeoutMs === null ? [] : [AbortSignal.timeout(waiting.timeoutMs)];
  return await showUntilCertain(api, waiting, {
    context,
    around: async ({ log }, untilCertain) => {
      const operate: Worker = async (signal) => await operateLocally(api, { log, signal });
      const proxy: Worker = async (signal) => await ssh?.work({ log, signal });
      const workers = [...(local ? [operate] : []), ...(ssh === null ? [] : [proxy])];
      return await workMeanwhile(context.signal, workers, async (signal) => {
        const os = await untilCertain(signal);
        // Where it is halted, other nodes may be half way: nobody else would bring them to their end.
        const until = { log, signal: AbortSignal.any([signal, ...time]) };
        await ssh?.finish(until);
        if (local) await untilNothingIsLeft(api, placeOf(waiting), until);
        return os;
      });
    },
  });
}

/** A file says all that is wanted; flags change what they name, and leave the rest as the command line said it before. */
async function wholeSpec(
  api: KubeApi,
  options: Options,
  asked: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  if (options.file !== undefined) return asked;
  return mergedSpec(await specSetBefore(api, placeOf(options)), asked);
}

/** What the operator would refuse is refused before anything is written. */
function assertValid(spec: object, { name }: OsPlace): void {
  const { faults = [] } = { faults: undefined, ...readOsSpec(spec) };
  if (faults.length === 0) return;
  const said = faults.map(({ field, message }) => `${field}: ${message}`).join('\n');
  throw new KubeosError('USAGE', `${name} would not be acted upon:\n${said}`, {
    hint: 'kubectl explain os.spec --api-version upgrade.openeuler.org/v1alpha1',
  });
}

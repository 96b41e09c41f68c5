import { userInfo } from 'node:os';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import { shortDigest } from '../../rollout/api/short-digest.ts';
import { WISHES } from '../../rollout/api/wishes.ts';
import { annotateOs, getOs, releaseAskedIn } from '../../rollout/client/os-objects.ts';
import type { TargetRelease } from '../../rollout/plan/fleet.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { chosenCluster } from '../chosen-cluster.ts';
import { placeOf, rolloutArguments } from '../rollout/cluster-arguments.ts';
import { connectCluster } from '../../kube/connect-cluster.ts';
import { serverTime } from '../../kube/server-time.ts';

const argumentsSchema = z.object({
  ...rolloutArguments,
  by: z.string().min(1).optional(),
  dryRun: z.boolean().default(false),
});

export type WishVerb = 'pause' | 'resume' | 'approve' | 'abort' | 'rollback' | 'retry';

/** The verbs by which a person says something to a rollout: each is one annotation, written at once. */
export const wishCommand =
  (verb: WishVerb): CommandRun =>
  async (args, { stdout, signal }) => {
    const {
      by = callingUser(),
      dryRun: isDryRun,
      ...options
    } = readArguments(argumentsSchema, args);
    const api = connectCluster(chosenCluster(options));
    const os = await getOs(api, placeOf(options));
    const nowMs = await serverTime(api, signal);
    const { annotations, said } = WISH_OF[verb](os, { by, now: new Date(nowMs).toISOString() });
    await annotateOs(api, placeOf(options), { annotations, isDryRun });
    const { name } = options;
    const wish = { name, verb, annotations, isDryRun };
    const document = { apiVersion: 'cli.kubeos/v1', kind: 'RolloutWish', ...wish };
    const text = `${name}: ${said}${isDryRun ? ' (dry run)' : ''}`;
    stdout.write(`${options.json ? JSON.stringify(document) : text}\n`);
    return 0;
  };

/** A container may run as a user whom nobody has named. */
function callingUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

interface Wish {
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly said: string;
}

interface Said {
  readonly by: string;
  /** On the API server, whose clock is the operator's more likely than that of a person's machine. */
  readonly now: string;
}

const WISH_OF: Readonly<Record<WishVerb, (os: OsObject, said: Said) => Wish>> = {
  pause: (_, { by, now }) => ({
    annotations: { [WISHES.paused]: `${by} ${now}` },
    said: 'nothing is begun any more; what is under way goes on to its end',
  }),
  resume: () => ({ annotations: { [WISHES.paused]: null }, said: 'goes on' }),
  approve: (os) => {
    const waves = finishedWaves(os);
    return {
      annotations: { [WISHES.approved]: `${digitsOf(os)}:${waves}` },
      said: `wave ${waves + 1} may begin`,
    };
  },
  abort: (os) => ({
    annotations: { [WISHES.abort]: digitsOf(os) },
    said: 'is halted: no node is begun any more, and what was not switched yet is given back',
  }),
  rollback: (os) => ({
    annotations: { [WISHES.rollback]: digitsOf(os) },
    said: 'goes back: the newest first',
  }),
  retry: (os, { now }) => ({
    annotations: {
      [WISHES.retry]: `${digitsOf(os)}:${now}`,
      ...{ [WISHES.abort]: null, [WISHES.rollback]: null },
    },
    said: 'what failed until now is tried again',
  }),
};

/** A wave is written down as finished when it is; the one after it is what waits. */
function finishedWaves(os: OsObject): number {
  const { metadata, status } = os;
  const { rollout } = status;
  // What was finished of the release before says nothing of this one.
  const isOfThis = rollout !== null && rollout.digest === askedIn(os).digest;
  const waves = isOfThis ? rollout.waves.length : 0;
  if (waves > 0) return waves;
  throw new KubeosError(
    'REFUSED',
    `${metadata.name}: no wave has ended that another could follow`,
    {
      hint: `kubeos rollout status ${metadata.name} says where it is`,
    },
  );
}

const digitsOf = (os: OsObject): string => shortDigest(askedIn(os).digest);

/** Of what is asked for now, whether or not an operator has seen it. @throws KubeosError REFUSED */
function askedIn(os: OsObject): TargetRelease {
  const { metadata, status } = os;
  const isSeen = status.observedGeneration === metadata.generation;
  // A way back that names a version only: which release that is, the operator has found out.
  const release = releaseAskedIn(os) ?? (isSeen ? status.target : null);
  if (release !== null) return release;
  const { name } = os.metadata;
  throw new KubeosError('REFUSED', `${name} does not say which release is meant`, {
    hint: `kubeos rollout status ${name} says what is wrong with it`,
  });
}

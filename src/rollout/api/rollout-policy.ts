import type { RolloutPolicy, TargetRelease } from '../plan/fleet.ts';
import type { Schedule, Weekday } from '../plan/schedule.ts';
import { rootTarOrderSchema } from '../../agent/root-tar/root-tar-order.ts';
import { faultsOf, type Fault } from './fault.ts';
import { sourceOf } from './release-source.ts';
import { osSpecSchema, type OsSpec } from './os-spec.ts';
import { parseTimeWindow } from './time-window.ts';

/** What an OS object asks for, as far as the object alone says it. */
export interface AskedRollout {
  readonly spec: OsSpec;
  readonly schedule: Schedule;
  /** Null for a way back that names a version only: nodes say which release of that version they have. */
  readonly release: TargetRelease | null;
}

export type ReadSpec =
  { readonly asked: AskedRollout; readonly faults?: never } | { readonly faults: readonly Fault[] };

const MINUTE = 60_000;

/** `spec` of an OS object, or everything that is wrong with it. */
export function readOsSpec(given: unknown): ReadSpec {
  const parsed = osSpecSchema.safeParse(given);
  if (!parsed.success) return { faults: faultsOf(parsed.error, 'spec') };
  const spec = parsed.data;
  const named = releaseOf(spec);
  const timed = scheduleOf(spec);
  const faults = [named, timed].flatMap((part) => ('fault' in part ? [part.fault] : []));
  faults.push(...tarFaults(spec));
  if ('fault' in named || 'fault' in timed || faults.length > 0) return { faults };
  return { asked: { spec, ...named, ...timed } };
}

export interface FoundTarget {
  readonly target: TargetRelease;
  /** That the release brings; null where nobody knows it yet. */
  readonly kubelet: { readonly version: string; readonly saidBy: string } | null;
}

/** What the planner goes by. */
export function policyOf(
  { spec, schedule }: AskedRollout,
  { target, kubelet }: FoundTarget,
): RolloutPolicy {
  const { strategy, drain, health, maxunavailable, executionmode } = spec;
  return {
    ...{ target, schedule },
    ...{ kubeletVersion: kubelet?.version ?? null, kubeletSaidBy: kubelet?.saidBy ?? null },
    maxUnavailable: strategy.maxUnavailable ?? { count: maxunavailable },
    maxUnavailablePerZone: strategy.maxUnavailablePerZone ?? null,
    isSerial: executionmode === 'serial',
    waves: strategy.waves.map(({ size, soak, approval, failureBudget }) => {
      const budget = failureBudget === undefined ? {} : { failureBudget };
      return { size, soakMs: soak, needsApproval: approval, ...budget };
    }),
    ...{ failureBudget: strategy.failureBudget, onFailure: strategy.onFailure },
    ...{ withControlPlane: strategy.controlPlane, maxPreparing: strategy.maxPreparing },
    drainPolicy: drain.policy,
    limits: {
      ...{ prepareMs: 60 * MINUTE, drainMs: drain.timeout, switchMs: health.timeout },
      ...{ readyMs: health.readySeconds * 1000, deadMs: 60 * MINUTE },
      rolloutMs: strategy.deadline ?? null,
      ...{ retryMs: 15 * MINUTE, maxAttempts: 3 },
      predicted: { drainMs: 5 * MINUTE, switchMs: 10 * MINUTE + health.readySeconds * 1000 },
    },
  };
}

type Named = Pick<AskedRollout, 'release'> | { readonly fault: Fault };

/** KubeOS's checksum is the digest of its image, where no release is named. */
function releaseOf({ release, osversion, opstype, imagetype, checksum }: OsSpec): Named {
  if (release !== undefined) {
    const isOther = opstype === 'rollback' && osversion !== '' && osversion !== release.version;
    return isOther ? { fault: { field: 'spec.release', message: OTHER_VERSION } } : { release };
  }
  if (osversion === '') return { fault: { field: 'spec', message: UNNAMED } };
  if (opstype !== 'upgrade') return { release: null };
  if (imagetype !== 'disk')
    return { fault: { field: 'spec.imagetype', message: untaken(imagetype) } };
  const sha256 = checksum.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(sha256)) {
    return { release: { version: osversion, digest: `sha256:${sha256}` } };
  }
  const message =
    'neither spec.release nor a checksum of 64 hexadecimal digits says which image is meant';
  return { fault: { field: 'spec.checksum', message } };
}

/** What each agent would refuse of KubeOS's way to name an image, before any node begins; the checksum is looked at above. */
function tarFaults(spec: OsSpec): readonly Fault[] {
  const { image } = sourceOf(spec);
  if (image == null || spec.opstype !== 'upgrade') return [];
  const { checksum, osversion: version } = spec;
  const order = { ...image, imagetype: 'disk', checksum, version };
  const { error } = rootTarOrderSchema.safeParse(order);
  const faults = error === undefined ? [] : faultsOf(error, 'spec');
  return faults
    .filter(({ field }) => field !== 'spec.checksum')
    .map((fault) =>
      fault.field === 'spec.version' ? { ...fault, field: 'spec.osversion' } : fault,
    );
}

const UNNAMED =
  'name what the nodes are to run, by spec.release (1.4.2@sha256:…) or by spec.osversion';

const OTHER_VERSION =
  'it is of another version than spec.osversion, and opstype rollback leads to one: leave out what is not meant';

const untaken = (imagetype: string): string =>
  `${imagetype === '' ? 'no kind of image' : imagetype} is not taken: name a release of a repository, or publish the image's /os.tar and use disk`;

type Timed = Pick<AskedRollout, 'schedule'> | { readonly fault: Fault };

function scheduleOf({ windows, blackouts, timewindow }: OsSpec): Timed {
  const kubeos = parseTimeWindow(timewindow);
  if (kubeos.fault !== undefined) return { fault: kubeos.fault };
  const weekly = windows.map(({ days, start, duration, timeZone }) => ({
    ...{ kind: 'weekly' as const, start, timeZone, minutes: duration / MINUTE },
    days: days.map((day) => WEEKDAYS[day]),
  }));
  const all = [...weekly, ...(kubeos.window === null ? [] : [kubeos.window])];
  return { schedule: { windows: all, blackouts } };
}

const WEEKDAYS = {
  Mon: 1,
  Tue: 2,
  Wed: 3,
  Thu: 4,
  Fri: 5,
  Sat: 6,
  Sun: 7,
} as const satisfies Record<string, Weekday>;

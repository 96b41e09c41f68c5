import { isDeepStrictEqual } from 'node:util';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';

/**
 * What of an OSInstance a pass goes by. The rest is for people, and changes while nodes fetch: thousands of reports of
 * progress are to wake nobody.
 */
export const keptInstanceSchema = osInstanceSchema.transform(({ metadata, spec, status }) => {
  const { booted, run, conditions, sysconfigs } = status;
  const slots = keptSlots(status);
  return {
    ...{ metadata, spec },
    status: {
      // What is said of settings is of the spec that they were told with.
      observedGeneration: spec.nodestatus === 'config' ? status.observedGeneration : -1,
      ...{ booted, run: run === null ? null : keptRun(run) },
      conditions: conditions.filter(({ type }) => type === 'Configured'),
      ...(slots !== undefined && { slots }),
      ...(sysconfigs !== undefined && { sysconfigs }),
    },
  };
});

type ReportedSlots = OsInstance['status']['slots'];
type ReportedSlot = NonNullable<ReportedSlots>['A'];

/** Which one is on trial, what can be gone back to, and which kubelet a release brings: many slots say nothing of that. */
function keptSlots({ slots, booted }: OsInstance['status']): ReportedSlots {
  if (slots === undefined) return undefined;
  const [A, B] = (['A', 'B'] as const).map((name) => keptSlot(slots[name], booted?.slot === name));
  return A === SILENT && B === SILENT ? undefined : { A: A ?? SILENT, B: B ?? SILENT };
}

const SILENT: ReportedSlot = { state: '', version: '', digest: '' };

function keptSlot(slot: ReportedSlot, isBooted: boolean): ReportedSlot {
  const { state, version, digest, kubelet } = slot;
  if (state === 'trial') return slot;
  const isWayBack = state === 'good' && !isBooted;
  if (isWayBack) return slot;
  return kubelet === undefined ? SILENT : { state: '', version, digest, kubelet };
}

type ReportedRun = NonNullable<OsInstance['status']['run']>;

/** What it says is looked at where it has failed. */
function keptRun({ id, phase, code, message, drain }: ReportedRun): ReportedRun {
  const hasFailed = phase === 'failed' || phase === 'fell-back';
  const said = hasFailed ? { code, message } : { code: '', message: '' };
  return { id, phase, ...said, ...(drain !== undefined && { drain }) };
}

/** Written over by whomever: the version is kept for the next write, and says nothing by itself. */
export const saysTheSame = (one: OsInstance, other: OsInstance): boolean =>
  isDeepStrictEqual([one.spec, one.status], [other.spec, other.status]);

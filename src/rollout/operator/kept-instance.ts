import { isDeepStrictEqual } from 'node:util';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';

/**
 * What of an OSInstance a pass goes by. The rest is for people, and changes while nodes fetch: thousands of reports of
 * progress are to wake nobody.
 */
export const keptInstanceSchema = osInstanceSchema.transform(({ metadata, spec, status }) => {
  const { booted, run, slots, conditions, sysconfigs } = status;
  const kept = keptSlots(slots);
  return {
    ...{ metadata, spec },
    status: {
      ...{ observedGeneration: -1, booted, run: run === null ? null : keptRun(run) },
      conditions: conditions.filter(({ type }) => type === 'Configured'),
      ...(kept !== undefined && { slots: kept }),
      ...(sysconfigs !== undefined && { sysconfigs }),
    },
  };
});

type ReportedSlots = OsInstance['status']['slots'];
type ReportedSlot = NonNullable<ReportedSlots>['A'];

/** Whether one is on trial, and which kubelet a release brings: most slots say neither. */
function keptSlots(slots: ReportedSlots): ReportedSlots {
  if (slots === undefined) return undefined;
  const says = [slots.A, slots.B].some(
    ({ state, kubelet }) => state === TRIAL || kubelet !== undefined,
  );
  return says ? { A: keptSlot(slots.A), B: keptSlot(slots.B) } : undefined;
}

const TRIAL = 'trial';

const keptSlot = ({ state, digest, kubelet }: ReportedSlot): ReportedSlot => ({
  ...{ state: state === TRIAL ? TRIAL : '', version: '' },
  ...(kubelet === undefined ? { digest: '' } : { digest, kubelet }),
});

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

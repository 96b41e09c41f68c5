import {
  adopt,
  note,
  notSaved,
  phaseOf,
  save,
  type DataContext,
  type DataOutcome,
} from './data-context.ts';
import type { DataJournal } from './data-journal.ts';
import type { DataPlan } from './decide-data.ts';
import { findKept, type DataPlaces } from './kept-data.ts';
import { movingAside, putBack, type Displace } from './put-back.ts';

export type WayBack = Extract<DataPlan, { kind: 'restore' | 'moveAside' }>;

/** What other services wrote goes aside; what the running release had comes back, where that is the plan. */
export async function goBack(
  context: DataContext,
  before: DataJournal,
  plan: WayBack,
): Promise<DataOutcome> {
  const { files, places, running, rules } = context;
  const { writer } = before;
  const phase = phaseOf(context, before);
  // Also where nothing goes aside: what stays is written to by other services, and the trial may fail.
  const why = plan.saveFirst && phase === null ? await save(context, before) : null;
  const unsaved = why === null ? null : notSaved(before, why);
  if (plan.items.length === 0) return await adopt(context, before, unsaved);
  const isBegun = phase === 'restoring';
  if (!isBegun) await note(context, { ...before, step: { to: running, phase: 'restoring' } });
  const aside = { digest: writer.digest, items: rules.items, isBegun };
  const displace = await movingAside(files, places, aside);
  const words =
    plan.kind === 'restore'
      ? await restore(context, plan, displace)
      : await displaceAll(context, plan, displace);
  const text = `${words} (${plan.items.join(', ')}), because ${writer.version} ran before ${running.version}`;
  return await adopt(context, before, unsaved === null ? text : `${text}; ${unsaved}`);
}

async function restore(
  { files, places, running }: DataContext,
  { items }: WayBack,
  displace: Displace,
): Promise<string> {
  const kept = await findKept(files, places, running.digest);
  if (kept === null) return 'nothing was kept';
  await putBack(files, places, { part: { ...kept, items }, displace });
  return isMigrated(kept.place, places)
    ? 'put back what was migrated back'
    : 'put back what was saved';
}

const isMigrated = (kept: string, { kept: directory }: DataPlaces): boolean =>
  kept.startsWith(`${directory}/back-`);

async function displaceAll(
  { rules }: DataContext,
  { items }: WayBack,
  displace: Displace,
): Promise<string> {
  for (const { name, paths } of rules.items) {
    if (!items.includes(name)) continue;
    for (const place of paths) await displace(place);
  }
  return 'moved aside';
}

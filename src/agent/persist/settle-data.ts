import { adopt, note, saying, type DataContext, type DataOutcome } from './data-context.ts';
import { readDataJournal, type DataJournal } from './data-journal.ts';
import { decideData, type DataPlan } from './decide-data.ts';
import { goBack } from './go-back.ts';
import { goForward } from './go-forward.ts';
import { findKept } from './kept-data.ts';
import { putBack, returning } from './put-back.ts';
import { removeOld } from './remove-old.ts';

/**
 * Brings the data in /var and the running release together, before services start (contract section 3). Stopped anywhere,
 * the next start goes on from there, whichever release that is.
 */
export async function settleData(context: DataContext): Promise<DataOutcome> {
  const before = await readDataJournal(context.journal);
  const plan = await planFor(context, before);
  if (before === null || plan.kind === 'adopt') return await adopt(context, before, null);
  if (plan.kind === 'finishUndo') {
    await undo(context, before);
    return await settleData(context);
  }
  const outcome = await carryOut(context, before, plan);
  if (outcome.journal.step === null) await removeOld(context);
  return outcome;
}

async function planFor(context: DataContext, journal: DataJournal | null): Promise<DataPlan> {
  const { files, places, running, isTrial, other, rules } = context;
  const isKept = (await findKept(files, places, running.digest)) !== null;
  return decideData({
    ...{ running, isTrial, journal, items: rules.items },
    committedElsewhere: other?.isCommitted === true ? other.digest : null,
    kept: new Set(isKept ? [running.digest] : []),
  });
}

async function carryOut(
  context: DataContext,
  before: DataJournal,
  plan: Exclude<DataPlan, { kind: 'adopt' | 'finishUndo' }>,
): Promise<DataOutcome> {
  switch (plan.kind) {
    case 'same':
      return { journal: before, problem: null };
    case 'undo':
      return { journal: await undo(context, before), problem: null };
    case 'restore':
    case 'moveAside':
      return await goBack(context, before, plan);
    case 'forward':
      return await goForward(context, before, plan.phase);
    case 'stranded':
      return { journal: before, problem: stranded(context, before) };
    default:
      return plan satisfies never;
  }
}

/** Another release began on this one's data, and did not get far enough to own it. */
async function undo(context: DataContext, before: DataJournal): Promise<DataJournal> {
  const { files, places } = context;
  const { writer, step } = before;
  const kept = await findKept(files, places, writer.digest);
  if (step !== null && kept !== null) {
    await note(context, { ...before, step: { ...step, phase: 'undoing' } });
    const items = kept.list.map(({ item }) => item);
    // Should that release start once more, it finds all that was kept for it.
    const displace = returning(files, places, await findKept(files, places, step.to.digest));
    await putBack(files, places, { part: { ...kept, items }, displace });
  }
  const what = kept === null ? 'nothing was kept of what' : 'put back what';
  const after = step === null ? '' : ` before ${step.to.version}`;
  const said = saying(context, `${what} ${writer.version} had${after}`);
  return await note(context, { writer, step: null, said });
}

function stranded({ running }: DataContext, { writer }: DataJournal): DataOutcome['problem'] {
  const message =
    `the data is of epoch ${writer.dataEpoch}, of ${writer.version}; ` +
    `${running.version} reads epoch ${running.dataEpoch}, and nothing of it was kept`;
  return { blames: 'release', message };
}

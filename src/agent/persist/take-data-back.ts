import { moveInto, type DataContext } from './data-context.ts';
import { readDataJournal } from './data-journal.ts';
import { copyLive, keptPlace, workPlace } from './kept-data.ts';
import { migrateCopy } from './migrate-copy.ts';
import { KubeosError } from '../../errors.ts';

/**
 * Before a restart into a release of an older data epoch, when services have stopped: makes what that release will find,
 * with the hooks of the running image. What services wrote stays as it is, until that release has started.
 *
 * @returns what was done, or null where nothing has to be
 * @throws KubeosError COMMAND_FAILED, HOST_NOT_READY, NO_SPACE, REFUSED: then the older release finds what was saved before it was left
 */
export async function takeDataBack(context: DataContext): Promise<string | null> {
  const { files, places, other, running, rules, hooks } = context;
  const journal = await readDataJournal(context.journal);
  if (journal === null || other === null || journal.writer.digest !== running.digest) return null;
  if (journal.step !== null || other.dataEpoch >= journal.writer.dataEpoch) return null;
  const incoming = workPlace(places, 'incoming');
  const why = await copyLive(files, places, { items: rules.items, to: incoming });
  if (why !== null) {
    throw new KubeosError('NO_SPACE', `the data cannot be migrated back: ${why}`, {
      hint: 'the older release finds its data as it was saved before it was left',
    });
  }
  const work = workPlace(places, 'work');
  const epochs = { from: running.dataEpoch, to: other.dataEpoch };
  await migrateCopy({ files, hooks, from: incoming, work, items: rules.items }, epochs);
  await moveInto(context, work, keptPlace(places, 'back', other.digest));
  await files.remove(incoming);
  return `migrated the data back from epoch ${epochs.from} to ${epochs.to}`;
}

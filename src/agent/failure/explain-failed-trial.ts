import type { Duplex } from 'node:stream';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { NodeState } from '../slots/node-state.ts';
import { askLastWords } from './ask-last-words.ts';
import { unexplained, withWords } from './explanation.ts';
import { readFailures, writeFailures } from './failure-file.ts';
import type { LastWords } from './last-words.ts';

export interface FailureContext {
  readonly state: NodeState;
  readonly booted: Slot;
  readonly bootId: string;
  /** Where words are kept, on PERSIST. */
  readonly file: string;
  /** To the process that may read the journal. */
  readonly connect: () => Promise<Duplex>;
  /** Told all that is known, by digest. */
  readonly onKnown: (known: ReadonlyMap<string, LastWords>) => void;
  readonly record: (digest: string, words: LastWords) => Promise<void>;
}

/**
 * After a trial that failed: what its boots left behind is asked for once, kept, and made the reason where there is none yet.
 * A PERSIST without room keeps nothing, and is in nobody's way.
 */
export async function explainFailedTrial(context: FailureContext): Promise<void> {
  const { state, booted, bootId, file, connect, onKnown, record } = context;
  const known = await readFailures(file);
  onKnown(known);
  const trial = unexplained(state, booted, known);
  if (trial === null) return;
  const { digest, activatedIn } = trial;
  const words = await askLastWords(await connect(), { activatedIn, current: bootId });
  const all = withWords(state, known, [digest, { ...words, activatedIn }]);
  onKnown(all);
  await record(digest, words);
  await writeFailures(file, all).catch(() => undefined);
}

import type { AgentHost } from '../agent-host.ts';
import { entryOfResult } from '../journal/journal-entry.ts';
import { Journal } from '../journal/journal.ts';
import { writeLastResult } from './last-result-file.ts';
import type { OperationResult } from './operation.ts';

/** Into the journal, and where the next start finds the last one; a node without room for that goes on without. */
export function keepResults({ places, log }: Pick<AgentHost, 'places' | 'log'>) {
  const journal = new Journal(log);
  let written: Promise<void> = Promise.resolve();
  const store = async (result: OperationResult): Promise<void> =>
    await writeLastResult(places.lastResult, result).catch(() => undefined);
  return {
    keep: (result: OperationResult): void => {
      journal.write(entryOfResult(result));
      written = written.then(async () => await store(result));
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await Promise.all([written, journal.flush()]);
    },
  };
}

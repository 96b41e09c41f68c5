/** Something that a command does for as long as it waits. */
export type Worker = (signal: AbortSignal) => Promise<void>;

/**
 * Workers that work while something is waited for, and no longer; one that fails ends the wait.
 *
 * @throws what a worker throws, or `wait`
 */
export async function workMeanwhile<T>(
  signal: AbortSignal,
  workers: readonly Worker[],
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const working = workers.map(async (work) => await work(either));
  const failing = working.map(async (work) => {
    await work.catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    // One that ends by itself has nothing to say.
    return await new Promise<never>(() => undefined);
  });
  const waiting = wait(either);
  try {
    return await Promise.race([waiting, ...failing]);
  } finally {
    // Whichever ended, the others would keep the process for ever.
    over.abort();
    await Promise.allSettled([...working, waiting]);
  }
}

/** Work that was begun; `weight` of it may be under way at once. */
export interface Job<T> {
  readonly result: Promise<T>;
  readonly weight: number;
}

/** Lets jobs run side by side, up to a weight in all, and yields what they make in the order in which they were begun. */
export async function* inOrder<T>(jobs: AsyncIterable<Job<T>>, most: number): AsyncGenerator<T> {
  const queue: Job<T>[] = [];
  let weight = 0;
  for await (const job of jobs) {
    job.result.catch(() => undefined); // reported when its turn comes
    queue.push(job);
    weight += job.weight;
    while (weight > most) {
      const first = queue.shift();
      if (first === undefined) break;
      weight -= first.weight;
      yield await first.result;
    }
  }
  for (const { result } of queue) yield await result;
}

export interface Duplicate<Value> {
  readonly value: Value;
  readonly index: number;
  /** Index of the first one that is alike. */
  readonly first: number;
}

/** Every value after the first that `keyOf` calls alike; values without a key are alike to none. */
export function findDuplicates<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string | number | undefined,
): Duplicate<Value>[] {
  const firsts = new Map<string | number, number>();
  return values.flatMap((value, index) => {
    const key = keyOf(value);
    if (key === undefined) return [];
    const first = firsts.get(key);
    if (first !== undefined) return [{ value, index, first }];
    firsts.set(key, index);
    return [];
  });
}

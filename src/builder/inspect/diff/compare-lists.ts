import { compareText } from '../../inventory/compare-text.ts';
import type { ListChange } from './image-diff.ts';

/** What of two lists without order stands in one only, sorted. */
export function compareLists(before: readonly string[], after: readonly string[]): ListChange {
  const [old, young] = [new Set(before), new Set(after)];
  return {
    added: [...young].filter((item) => !old.has(item)).toSorted(compareText),
    removed: [...old].filter((item) => !young.has(item)).toSorted(compareText),
  };
}

export function hasChanged({ added, removed }: ListChange): boolean {
  return added.length > 0 || removed.length > 0;
}

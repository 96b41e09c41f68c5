import type { z } from 'zod';

/** What is wrong with an object: the field, what it should be, and what to do. */
export interface Fault {
  /** As `kubectl explain` names it, such as `spec.windows[0].start`. */
  readonly field: string;
  readonly message: string;
}

export function faultsOf({ issues }: z.ZodError, root: string): readonly Fault[] {
  return issues.map(({ path, message }) => ({ field: fieldOf(root, path), message }));
}

function fieldOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, part) => (typeof part === 'number' ? `${field}[${part}]` : `${field}.${String(part)}`),
    root,
  );
}

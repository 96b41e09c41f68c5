import fs from 'node:fs/promises';
import path from 'node:path';
import { syncBuiltinESMExports } from 'node:module';

/** One call that changes a file system, or brings it to the disk. Paths are relative to the directory that is watched. */
export type FileStep =
  | { readonly kind: 'mkdir' | 'remove' | 'sync'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'rename'; readonly path: string; readonly from: string }
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Buffer };

type Call = (this: object, ...args: unknown[]) => Promise<unknown>;
type Functions = Record<string, Call>;

const bytesOf = (content: unknown): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as Uint8Array);

/** Does the work, and tells what it did below the directory, step by step. */
export async function recordFileSteps(
  directory: string,
  work: () => Promise<void>,
): Promise<readonly FileStep[]> {
  const steps: FileStep[] = [];
  const inside = (place: unknown): string => path.relative(directory, String(place));
  const undo: (() => void)[] = [];
  const watch = (
    holder: object,
    name: string,
    tell: (args: readonly unknown[], self: object) => void,
  ): void => {
    const functions = holder as Functions;
    const original = functions[name];
    if (original === undefined) throw new Error(`there is no ${name}`);
    functions[name] = async function call(this: object, ...args: unknown[]) {
      const result = await original.apply(this, args);
      tell(args, this);
      return result;
    };
    undo.push(() => (functions[name] = original));
  };
  const opened = new WeakMap<object, string>();
  const original = fs.open;
  fs.open = async (...args) => {
    const handle = await original(...args);
    opened.set(handle, inside(args[0]));
    return handle;
  };
  undo.push(() => (fs.open = original));
  watch(fs, 'mkdir', ([place]) => steps.push({ kind: 'mkdir', path: inside(place) }));
  watch(fs, 'rm', ([place]) => steps.push({ kind: 'remove', path: inside(place) }));
  watch(fs, 'rename', ([from, to]) =>
    steps.push({ kind: 'rename', path: inside(to), from: inside(from) }),
  );
  watch(fs, 'symlink', ([target, place]) =>
    steps.push({ kind: 'symlink', path: inside(place), target: String(target) }),
  );
  watch(fs, 'writeFile', ([place, content]) =>
    steps.push({ kind: 'write', path: inside(place), bytes: bytesOf(content) }),
  );
  const handle = await original('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as object;
  await handle.close();
  watch(prototype, 'writeFile', ([content], self) =>
    steps.push({ kind: 'write', path: opened.get(self) ?? '', bytes: bytesOf(content) }),
  );
  for (const name of ['sync', 'datasync']) {
    watch(prototype, name, (_, self) => steps.push({ kind: 'sync', path: opened.get(self) ?? '' }));
  }
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const back of undo) back();
    syncBuiltinESMExports();
  }
  return steps;
}

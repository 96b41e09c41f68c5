import type { RepositoryPath } from '../metadata/repository-path.ts';
import type { SharedFile } from './shared-file.ts';

const MOST_FILES = 128;

/** A file that was removed is served for so much longer at most. */
const KEPT_MS = 5_000;

interface Kept {
  readonly file: Promise<SharedFile | undefined>;
  readonly untilMs: number;
}

type OpenShared = (path: RepositoryPath) => Promise<SharedFile | undefined>;

/**
 * Files that never change, kept open for a moment: a node reads one image in a thousand ranges, and each would cost
 * an open and its checks. What is returned is the caller's to leave.
 */
export function keepFilesOpen(openShared: OpenShared): OpenShared & AsyncDisposable {
  const kept = new Map<string, Kept>();
  const drop = async (name: string): Promise<void> => {
    const entry = kept.get(name);
    kept.delete(name);
    // Its own opener saw the failure.
    const file = await entry?.file.catch(() => undefined);
    await file?.leave();
  };
  const find = async (path: RepositoryPath): Promise<SharedFile | undefined> => {
    const now = performance.now();
    let entry = kept.get(path.path);
    if (entry === undefined || entry.untilMs < now) {
      await makeRoom(kept, path.path, drop);
      entry = kept.get(path.path) ?? { file: openShared(path), untilMs: now + KEPT_MS };
      kept.set(path.path, entry);
    }
    return await joined(entry, () => drop(path.path));
  };
  const dropExpired = (): void => {
    const now = performance.now();
    for (const [name, { untilMs }] of kept) if (untilMs < now) void drop(name);
  };
  // Without requests too: what was removed gives its space back only when nobody has it open.
  const timer = setInterval(dropExpired, KEPT_MS).unref();
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all([...kept.keys()].map(drop));
  };
  return Object.assign(find, { [Symbol.asyncDispose]: close });
}

async function makeRoom(
  kept: ReadonlyMap<string, Kept>,
  name: string,
  drop: (name: string) => Promise<void>,
): Promise<void> {
  await drop(name);
  // A Map lists what came first.
  for (const oldest of kept.keys()) {
    if (kept.size < MOST_FILES) return;
    await drop(oldest);
  }
}

/** A file that is not there, or did not open, is not kept: it may be there at once. */
async function joined(entry: Kept, forget: () => Promise<void>): Promise<SharedFile | undefined> {
  try {
    const file = await entry.file;
    if (file === undefined) await forget();
    return file?.join();
  } catch (error) {
    await forget();
    throw error;
  }
}

import type { RepositoryPath } from '../metadata/repository-path.ts';
import type { OpenInside } from './open-inside.ts';
import { openShared } from './open-shared.ts';
import type { SharedFile } from './shared-file.ts';

/**
 * A file that is replaced by another one now and then: kept open as long as its path leads to it. What is returned is
 * the caller's to leave.
 */
export function keepCurrent(
  open: OpenInside,
  path: RepositoryPath,
): (() => Promise<SharedFile | undefined>) & AsyncDisposable {
  let kept: SharedFile | null = null;
  const find = async (): Promise<SharedFile | undefined> => {
    const identity = await open.identify(path);
    if (kept !== null && kept.identity === identity) return kept.join();
    const opened = await openShared(open, path);
    const before = kept;
    kept = opened?.join() ?? null;
    await before?.leave();
    return opened;
  };
  const close = async (): Promise<void> => {
    const before = kept;
    kept = null;
    await before?.leave();
  };
  return Object.assign(find, { [Symbol.asyncDispose]: close });
}

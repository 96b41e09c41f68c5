import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { directoryLockFiles } from '../../repository/directory-lock-files.ts';
import { isMissing } from '../../repository/is-missing.ts';
import { lockPublisher } from '../../repository/publisher-lock.ts';
import { TIMESTAMP_PATH } from '../../metadata/repository-path.ts';
import type { CheckRepository, SignedFiles } from './check-repository.ts';
import { commitFiles, type CommitFiles } from './commit-files.ts';
import { planCommit, type CommitPlan } from './plan-commit.ts';
import { stagedView } from './staged-view.ts';
import { BASE, timestampDigest } from './stage-file.ts';
import { FOLDERS, listStaged, readTextIfThere, sessionFolder, type StagedFile } from './staging.ts';

export interface CommitRequest {
  readonly directory: string;
  readonly session: string;
  /** SHA-256 of the timestamp that the change was made on, `none`, or null: the one when the session began. */
  readonly expected: string | null;
  readonly check: CheckRepository;
  /** To wait for another publisher. */
  readonly lockMs: number;
  readonly files?: CommitFiles;
}

export type CommitResult =
  | Exclude<CommitPlan, { kind: 'publish' }>
  | {
      readonly kind: 'published';
      readonly published: readonly string[];
      readonly ignored: readonly string[];
    }
  | { readonly kind: 'unknown session' }
  | { readonly kind: 'no timestamp' }
  | { readonly kind: 'moved' };

/** What the session is about to publish: the SHA-256 of its timestamp. There before the first file is moved. */
const INTENT = 'intent';

/**
 * Publishes a session, when its metadata verifies on top of what is published now. Stopped anywhere, the old state is
 * whole, and the same commit finishes.
 *
 * @throws KubeosError UNTRUSTED when the metadata does not verify, TIMED_OUT when another publisher keeps at it
 */
export async function commitSession(request: CommitRequest): Promise<CommitResult> {
  const { directory, session, check, lockMs, files = commitFiles } = request;
  const folder = sessionFolder(directory, session);
  const base = await readTextIfThere(path.join(folder, BASE));
  if (base === null) return { kind: 'unknown session' };
  await using lock = await lockPublisher(directoryLockFiles(directory), lockMs);
  const current = await timestampDigest(directory);
  const intent = await readTextIfThere(path.join(folder, INTENT));
  if (intent === current) {
    await removeStaged(folder, files);
    return { kind: 'published', published: [], ignored: [] };
  }
  const staged = await listStaged(folder);
  const own = staged.find((file) => file.path === TIMESTAMP_PATH);
  if (own === undefined) return { kind: 'no timestamp' };
  if (current !== (request.expected ?? base)) return { kind: 'moved' };
  const signed = await check(stagedView(directory, folder));
  const plan = planCommit({
    staged,
    signed,
    published: await publishedSizes(directory, signed),
    conflicts: await findConflicts(directory, folder, staged),
  });
  if (plan.kind !== 'publish') return plan;
  await lock.assertHeld();
  await files.write(path.join(folder, INTENT), await timestampDigest(folder));
  await publish(plan.moves, { directory, folder, files });
  await removeStaged(folder, files);
  return { kind: 'published', published: plan.moves, ignored: plan.ignored };
}

interface Places {
  readonly directory: string;
  readonly folder: string;
  readonly files: CommitFiles;
}

/** All that the timestamp leads to is on the disk, names too, before it is renamed. */
async function publish(
  moves: readonly string[],
  { directory, folder, files }: Places,
): Promise<void> {
  for (const name of FOLDERS) await files.makeFolder(path.join(directory, name));
  await files.flush(directory);
  for (const file of moves) {
    if (file === TIMESTAMP_PATH) {
      for (const name of FOLDERS) await files.flush(path.join(directory, name));
    }
    await files.rename(path.join(folder, file), path.join(directory, file));
  }
  await files.flush(path.join(directory, 'metadata'));
}

/** What the session was for stays: the same commit again has the same answer, until the session is stale. */
async function removeStaged(folder: string, files: CommitFiles): Promise<void> {
  for (const name of FOLDERS) await files.remove(path.join(folder, name));
}

async function publishedSizes(
  directory: string,
  { targets }: SignedFiles,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const target of targets) {
    try {
      sizes.set(target.path, (await stat(path.join(directory, target.path))).size);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return sizes;
}

async function findConflicts(
  directory: string,
  folder: string,
  staged: readonly StagedFile[],
): Promise<readonly string[]> {
  const conflicts: string[] = [];
  for (const { path: file } of staged) {
    if (!file.startsWith('metadata/') || file === TIMESTAMP_PATH) continue;
    try {
      const published = await readFile(path.join(directory, file));
      const own = await readFile(path.join(folder, file));
      if (!published.equals(own)) conflicts.push(file);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return conflicts;
}

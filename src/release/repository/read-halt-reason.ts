import { createHash } from 'node:crypto';
import { z } from 'zod';
import { haltName, storedPath } from '../metadata/target-name.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import { readBytes } from './read-bytes.ts';
import type { RepositoryStore } from './repository-store.ts';

const haltSchema = z.strictObject({ release: z.string(), reason: z.string() });

/** What whoever halted a release said of it; null where it is not halted, or that file is not here as it was signed. */
export async function readHaltReason(
  store: RepositoryStore,
  { halt }: Pick<VerifiedRepository, 'halt'>,
  release: string,
): Promise<string | null> {
  const name = haltName(release);
  const target = halt?.targets[name];
  if (target === undefined) return null;
  const { sha256 } = target.hashes;
  const bytes = await readBytes(store, storedPath(name, sha256), target.length);
  if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== sha256) return null;
  return reasonIn(Buffer.from(bytes).toString());
}

/** Signed by the halt key, and for people alone: another form of it is no reason to show nothing else. */
function reasonIn(text: string): string | null {
  try {
    return haltSchema.safeParse(JSON.parse(text)).data?.reason ?? null;
  } catch {
    return null;
  }
}

import { storedPath } from '../../metadata/target-name.ts';
import { verifyRepository, type VerifiedRepository } from '../../metadata/verify-repository.ts';
import { KubeosError } from '../../../errors.ts';
import type { CheckRepository, StagedView } from './check-repository.ts';

/** Checks by the client's own workflow, from a root that this server was given; versions only go up. */
export function checkSignedFrom(root: Uint8Array): CheckRepository {
  return async (view) => {
    const known = await knownVersions(root, view);
    const verified = await verifyRepository({
      root,
      read: view.readMetadata,
      now: new Date(),
      known,
    });
    const metadata = [...verified.files.keys()].map((name) => `metadata/${name}`);
    const own = await ownRoot(root, verified, view);
    return { metadata: [...own, ...metadata], targets: namedTargets(verified) };
  };
}

/** The root that this server was given: the first publication brings it, for clients that begin with an older one. */
async function ownRoot(
  root: Uint8Array,
  { root: last, files }: VerifiedRepository,
  { readMetadata }: StagedView,
): Promise<readonly string[]> {
  const later = [...files.keys()].filter((name) => name.endsWith('.root.json')).length;
  const name = `${last.version - later}.root.json`;
  const found = await readMetadata(name, root.length);
  return found !== null && Buffer.from(root).equals(found) ? [`metadata/${name}`] : [];
}

/** Of what is published now. A repository that ran out, or was damaged, can be mended by a new publication. */
async function knownVersions(
  root: Uint8Array,
  { readPublished }: StagedView,
): Promise<VerifiedRepository['known'] | null> {
  try {
    const read = readPublished;
    const now = new Date();
    return (await verifyRepository({ root, read, now, known: null, allowExpired: true })).known;
  } catch (error) {
    if (error instanceof KubeosError && error.code === 'UNTRUSTED') return null;
    throw error;
  }
}

function namedTargets({ targets, halt }: VerifiedRepository) {
  const listed = [...Object.entries(targets.targets), ...Object.entries(halt?.targets ?? {})];
  return listed.map(([name, { length, hashes }]) => ({
    path: storedPath(name, hashes.sha256),
    sizeBytes: length,
  }));
}

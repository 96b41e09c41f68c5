import { KubeosError } from '../../errors.ts';
import { parseMetadata } from '../metadata/parse-metadata.ts';
import { verifyRepository, type VerifiedRepository } from '../metadata/verify-repository.ts';
import { authorityOf } from '../metadata/verify-roots.ts';
import { verifySignatures } from '../metadata/verify-signatures.ts';
import { applyChange } from './apply-change.ts';
import { assertNeverPublished } from './assert-never-published.ts';
import { haltDelegation } from './halt-delegation.ts';
import type { Publisher } from './publisher.ts';
import { metadataOf, readBytes } from './read-bytes.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { KeySet } from './root-document.ts';
import { takenName } from './store-failure.ts';

/** `root` is the first root.json, signed by its keys. */
export interface InitRequest extends Publisher {
  /** Who may halt releases. */
  readonly halt: KeySet;
}

/**
 * Makes an empty repository. Stopped anywhere, the same call again finishes it; a finished one stays as it is.
 *
 * @throws KubeosError USAGE when there is another repository, or one that lost its timestamp, or a key is not at hand
 */
export async function initRepository(request: InitRequest): Promise<VerifiedRepository> {
  const { store, root, now } = request;
  const { signed } = parseMetadata('root', { file: 'root.json', bytes: root, now });
  await using session = await store.begin();
  await assertFree(request);
  const timestamp = await readBytes(store, TIMESTAMP_PATH, 2 ** 20);
  if (timestamp !== null) {
    return await verifyRepository({ root, now, read: metadataOf(store), known: null });
  }
  await assertNeverPublished(store, session);
  return await applyChange({
    publisher: request,
    session,
    state: { verified: null, timestamp },
    change: { blobs: [], targets: {}, halt: {}, delegations: haltDelegation(request.halt) },
    roots: [signed],
    newRoot: { version: 1, bytes: root },
  });
}

async function assertFree({ store, root, now }: InitRequest): Promise<void> {
  const parsed = parseMetadata('root', { file: 'root.json', bytes: root, now });
  verifySignatures(parsed, authorityOf(parsed.signed, 'root'));
  if (parsed.signed.version !== 1) throw new KubeosError('USAGE', 'the first root has version 1');
  const there = await readBytes(store, 'metadata/1.root.json', root.length);
  if (there === null || Buffer.from(there).equals(root)) return;
  throw takenName(store.place, 'metadata/1.root.json');
}

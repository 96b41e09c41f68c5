import { KubeosError } from '../../errors.ts';
import { contentOfBytes } from '../repository/content.ts';
import { readBytes } from '../repository/read-bytes.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { RepositoryStore, StoredEntry, StoreSession } from '../repository/repository-store.ts';
import { assertUnmoved, takenName } from '../repository/store-failure.ts';
import {
  decodeFileManifest,
  MAX_FILE_MANIFEST_BYTES,
  OCI_MANIFEST,
  pathOf,
  tagOf,
  type FileInRegistry,
} from './file-manifest.ts';
import { listTags } from './list-tags.ts';
import type { OciAddress } from './oci-address.ts';
import { pushFile } from './push-file.ts';
import type { BasicCredentials } from './registry-auth.ts';
import { RegistryConnection } from './registry-connection.ts';

/**
 * A repository in an OCI registry: each file is a blob, kept by a manifest that a tag of the file's name points to.
 * Only the tag of timestamp.json ever moves. A registry cannot compare and swap: two publishers at once are noticed by a
 * look right before the tag is moved, and one right after.
 */
export function ociStore(
  address: OciAddress,
  credentials: BasicCredentials | undefined,
): RepositoryStore {
  const connection = new RegistryConnection(address, credentials);
  const store: RepositoryStore = {
    place: `oci://${address.registry}/${address.name}`,
    size: async (path) => (await findFile(connection, path))?.size ?? null,
    async read(path) {
      const file = await findFile(connection, path);
      return file === null ? null : readBlob(connection, file);
    },
    begin: async () => sessionOf(store, connection),
    close: async () => undefined,
  };
  return store;
}

function sessionOf(store: RepositoryStore, connection: RegistryConnection): StoreSession {
  return {
    async write(path, content) {
      const file = await findFile(connection, path);
      if (file?.digest === `sha256:${content.sha256}`) return;
      if (file !== null) throw takenName(store.place, path);
      await pushFile(connection, path, content);
    },
    async commit(timestamp, expected) {
      const found = await readBytes(store, TIMESTAMP_PATH, 2 ** 20);
      assertUnmoved(store.place, found, expected);
      if (timestamp === null) return;
      await pushFile(connection, TIMESTAMP_PATH, contentOfBytes(timestamp));
      assertUnmoved(store.place, await readBytes(store, TIMESTAMP_PATH, 2 ** 20), timestamp);
    },
    list: async () => await listFiles(connection),
    remove: async (path) => await removeFile(connection, path),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function findFile(
  connection: RegistryConnection,
  path: string,
): Promise<FileInRegistry | null> {
  const tag = tagOf(path);
  const response = await connection.send({
    method: 'GET',
    path: `manifests/${tag}`,
    headers: { accept: OCI_MANIFEST },
    expected: [404],
  });
  if (response.status === 404) {
    await response.body?.cancel();
    return null;
  }
  return decodeFileManifest(await boundedBody(response, tag), tag);
}

async function boundedBody(response: Response, tag: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(response)) {
    length += chunk.length;
    if (length > MAX_FILE_MANIFEST_BYTES) {
      throw new KubeosError('RELEASE_INVALID', `the manifest of the tag ${tag} never ends`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* readBlob(
  connection: RegistryConnection,
  file: FileInRegistry,
): AsyncGenerator<Uint8Array> {
  const response = await connection.send({ method: 'GET', path: `blobs/${file.digest}` });
  yield* bodyOf(response);
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const body: AsyncIterable<Uint8Array> = response.body;
  yield* body;
}

async function listFiles(connection: RegistryConnection): Promise<readonly StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for (const tag of await listTags(connection)) {
    const path = pathOf(tag);
    const file = await findFile(connection, path);
    if (file !== null) entries.push({ path, size: file.size, modifiedMs: file.createdMs });
  }
  return entries;
}

/** The tag and its manifest; the registry's own garbage collection then takes the blob. */
async function removeFile(connection: RegistryConnection, path: string): Promise<void> {
  const headers = { accept: OCI_MANIFEST };
  const tag = `manifests/${tagOf(path)}`;
  const found = await connection.send({ method: 'HEAD', path: tag, headers, expected: [404] });
  const digest = found.headers.get('docker-content-digest');
  if (!found.ok || digest === null) return;
  const answer = await connection.send({
    method: 'DELETE',
    path: `manifests/${digest}`,
    expected: [404, 405],
  });
  if (answer.status !== 405) return;
  throw new KubeosError('USAGE', 'this registry removes nothing', {
    hint: 'allow it to delete (REGISTRY_STORAGE_DELETE_ENABLED=true for docker-registry), or let what is old stay',
  });
}

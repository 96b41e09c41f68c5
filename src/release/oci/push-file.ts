import { contentOfBytes } from '../repository/content.ts';
import type { Content } from '../repository/repository-store.ts';
import { EMPTY_CONFIG, encodeFileManifest, OCI_MANIFEST, tagOf } from './file-manifest.ts';
import type { RegistryConnection } from './registry-connection.ts';

/** Stores a file's bytes, then the manifest that keeps them, then the tag: what is tagged is whole. */
export async function pushFile(
  connection: RegistryConnection,
  path: string,
  content: Content,
): Promise<void> {
  await pushBlob(connection, contentOfBytes(EMPTY_CONFIG));
  await pushBlob(connection, content);
  const file = { digest: `sha256:${content.sha256}`, size: content.size, createdMs: Date.now() };
  const manifest = encodeFileManifest(file);
  await connection.send({
    method: 'PUT',
    path: `manifests/${tagOf(path)}`,
    headers: { 'content-type': OCI_MANIFEST },
    body: () => manifest,
  });
}

/** In one piece after a session was opened ("POST then PUT"); the registry checks the digest. */
async function pushBlob(connection: RegistryConnection, content: Content): Promise<void> {
  const digest = `sha256:${content.sha256}`;
  const path = `blobs/${digest}`;
  const present = await connection.send({ method: 'HEAD', path, expected: [404] });
  if (present.ok) return;
  const session = await connection.send({ method: 'POST', path: 'blobs/uploads/' });
  await session.body?.cancel();
  const location = new URL(session.headers.get('location') ?? '', session.url);
  location.searchParams.set('digest', digest);
  await connection.send({
    method: 'PUT',
    path: location.href,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(content.size),
    },
    body: () => content.open(),
  });
}

import { createHash } from 'node:crypto';
import { open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BaseRequest } from '../base.ts';
import { type ByteRange, wholeFile } from '../byte-range.ts';
import {
  type Descriptor,
  INDEX_TYPES,
  jsonOf,
  MANIFEST_TYPES,
  MAX_DOCUMENT_BYTES,
} from './image-documents.ts';
import type { ImageReference } from './image-reference.ts';
import { hexOf, type ImageStore, otherBytes } from './image-store.ts';
import { RegistryClient } from './registry-client.ts';
import { loadCredentials } from '../../../release/oci/registry-credentials.ts';

const DOCUMENT_TYPES = [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ');

/** An image in a registry, by its digest. Blobs are put into the work directory. */
export async function openRegistry(
  reference: ImageReference & { readonly kind: 'registry' },
  request: BaseRequest,
): Promise<ImageStore> {
  const { registry, name, digest } = reference;
  const { signal, registryCredentials, workDirectory } = request;
  const credentials =
    registryCredentials === undefined
      ? undefined
      : await loadCredentials(registryCredentials, registry);
  const client = new RegistryClient({ registry, name, credentials, signal });
  const documents = new Map<string, Uint8Array>();
  const root = await fetchDocument(client, digest);
  documents.set(digest, root.bytes);
  return {
    name: `${registry}/${name}`,
    roots: [{ mediaType: root.mediaType, digest, size: root.bytes.length }],
    async document(descriptor) {
      const { digest } = descriptor;
      const bytes = documents.get(digest) ?? (await fetchDocument(client, digest)).bytes;
      documents.set(digest, bytes);
      return bytes;
    },
    async blob(descriptor, subject) {
      const file = path.join(workDirectory, `blob-${hexOf(descriptor.digest)}`);
      if (await exists(file)) return await wholeFile(file);
      const progress = (doneBytes: number) =>
        request.progress?.({ subject, doneBytes, totalBytes: descriptor.size });
      return await fetchBlob(client, descriptor, { file, subject, progress });
    },
  };
}

async function fetchDocument(
  client: RegistryClient,
  digest: string,
): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string }> {
  const subject = `the manifest ${digest}`;
  return await client.get(`manifests/${digest}`, DOCUMENT_TYPES, async (response) => {
    const hash = createHash('sha256');
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(response, { limit: MAX_DOCUMENT_BYTES, subject })) {
      hash.update(chunk);
      chunks.push(chunk);
    }
    checkDigest(hash.digest('hex'), digest, subject);
    const bytes = Buffer.concat(chunks);
    return { bytes, mediaType: mediaTypeOf(bytes, response) };
  });
}

/** What the document says of itself goes before the header, which is not under the digest. */
function mediaTypeOf(bytes: Buffer, response: Response): string {
  const own = typedDocument.safeParse(jsonOf(bytes));
  return own.data?.mediaType ?? response.headers.get('content-type')?.split(';', 1)[0] ?? '';
}

const typedDocument = z.object({ mediaType: z.string() });

interface BlobTarget {
  readonly file: string;
  readonly subject: string;
  readonly progress: (doneBytes: number) => void;
}

async function fetchBlob(
  client: RegistryClient,
  { digest, size }: Descriptor,
  { file, subject, progress }: BlobTarget,
): Promise<ByteRange> {
  return await client.get(`blobs/${digest}`, '*/*', async (response) => {
    const hash = createHash('sha256');
    let doneBytes = 0;
    await using part = await open(`${file}.part`, 'w');
    for await (const chunk of chunksOf(response, { limit: size, subject })) {
      hash.update(chunk);
      await part.appendFile(chunk);
      doneBytes += chunk.length;
      progress(doneBytes);
    }
    // Only the connection can make it shorter, and that is worth another try.
    if (doneBytes < size) throw new Error(`it broke off after ${doneBytes} of ${size} bytes`);
    checkDigest(hash.digest('hex'), digest, subject);
    await rename(`${file}.part`, file);
    return { path: file, offset: 0, length: size };
  });
}

/** The body, which a registry cannot make longer than was said. */
async function* chunksOf(
  response: Response,
  { limit, subject }: { readonly limit: number; readonly subject: string },
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const body: AsyncIterable<Uint8Array> = response.body;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit) throw otherBytes(subject, `more than ${limit} bytes`, 'no more');
    yield chunk;
  }
}

function checkDigest(hex: string, digest: string, subject: string): void {
  if (`sha256:${hex}` !== digest) throw otherBytes(subject, `sha256:${hex}`, digest);
}

async function exists(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

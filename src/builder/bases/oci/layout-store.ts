import { KubeosError } from '../../../errors.ts';
import { type ByteRange, readBytes } from '../byte-range.ts';
import { MAX_DOCUMENT_BYTES, parseIndex } from './image-documents.ts';
import { checkBlob, hexOf, type ImageStore } from './image-store.ts';

/** Files of an image on disk by their path in it: a directory's, or an archive's members. */
export interface ImageFiles {
  readonly name: string;
  readonly find: (file: string) => Promise<ByteRange | undefined>;
}

/** An OCI image layout (image-spec, image-layout.md), from its `index.json`. */
export async function openLayout(
  files: ImageFiles,
  { index, signal }: { readonly index: ByteRange; readonly signal: AbortSignal },
): Promise<ImageStore> {
  const { name } = files;
  const { manifests } = parseIndex(await readBytes(limited(index, name)), name);
  const store: ImageStore = {
    name,
    roots: manifests,
    async blob(descriptor, subject) {
      const { digest } = descriptor;
      const range = await files.find(`blobs/sha256/${hexOf(digest)}`);
      if (range === undefined) throw missing(name, `${subject}, ${digest}`);
      return await checkBlob(range, descriptor, { subject: `${subject} of ${name}`, signal });
    },
    async document(descriptor, subject) {
      if (descriptor.size > MAX_DOCUMENT_BYTES) throw tooLarge(name);
      return await readBytes(await store.blob(descriptor, subject));
    },
  };
  return store;
}

/** @throws KubeosError for a document that no tool would have written */
export function limited(range: ByteRange, name: string): ByteRange {
  if (range.length > MAX_DOCUMENT_BYTES) throw tooLarge(name);
  return range;
}

function tooLarge(name: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${name} has a document of more than 4 MiB`);
}

export function missing(name: string, what: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${name} lacks ${what}`, {
    hint: 'it was not copied whole; copy it again, for example with `skopeo copy`',
  });
}

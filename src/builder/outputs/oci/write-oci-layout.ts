import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { copySparse } from '../../../disk/copy-sparse.ts';
import { sha256Of } from '../../build/sha256-of.ts';
import { ociDocuments, type OciBlob, type OciImage } from './oci-manifest.ts';

export interface OciFile extends Pick<OciBlob, 'title' | 'mediaType'> {
  readonly path: string;
}

export interface OciRequest extends Omit<OciImage, 'blobs'> {
  readonly files: readonly OciFile[];
  /** The folder to make. */
  readonly output: string;
}

export interface OciResult {
  /** Lower-case hex; the artifact's name. */
  readonly manifestDigest: string;
}

/** `oci/`: an OCI image layout with the image's files as one artifact, ready for any registry's tools. */
export async function writeOciLayout(request: OciRequest): Promise<OciResult> {
  const blobs: OciBlob[] = [];
  for (const file of request.files) blobs.push(await describe(file));
  const documents = ociDocuments({ ...request, blobs });
  const place = (digest: string): string => path.join(request.output, 'blobs', 'sha256', digest);
  await mkdir(place(''), { recursive: true });
  for (const [index, file] of request.files.entries()) {
    await copySparse(file.path, place(blobs[index]?.sha256 ?? ''));
  }
  for (const [digest, bytes] of documents.blobs) await writeFile(place(digest), bytes);
  await writeFile(path.join(request.output, 'index.json'), documents.index);
  await writeFile(path.join(request.output, 'oci-layout'), documents.layout);
  return { manifestDigest: documents.manifestDigest };
}

async function describe({ path: file, title, mediaType }: OciFile): Promise<OciBlob> {
  return { title, mediaType, sha256: await sha256Of(file), size: (await stat(file)).size };
}

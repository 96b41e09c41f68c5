import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { OciBase } from '../definition/base-schema.ts';
import { explainBaseFailures } from './base-failure.ts';
import type { BaseRequest, BaseResult } from './base.ts';
import { holdsRpmDatabase } from './layers/holds-rpm-database.ts';
import { indexLayers } from './layers/index-layers.ts';
import { writeRoot } from './layers/write-root.ts';
import { openDockerArchive } from './oci/docker-archive.ts';
import { openImageFiles } from './oci/image-files.ts';
import { type ImageReference, parseImageReference } from './oci/image-reference.ts';
import { hexOf } from './oci/image-store.ts';
import { openLayout } from './oci/layout-store.ts';
import { type OpenedImage, openImage } from './oci/opened-image.ts';
import { openRegistry } from './oci/registry-store.ts';
import { unpackLayer } from './oci/unpack-layer.ts';
import type { TarSource } from './tar/read-tar.ts';

/**
 * The root file system of a container image: its layers laid over each other without a namespace and without
 * running anything, so for any architecture. Every document and layer is checked by its digest before it is used.
 * @throws KubeosError DEFINITION_INVALID when it is not there, not pinned, or not for the architecture; NETWORK;
 * BUILD_CHECK_FAILED when it is damaged or a layer holds names that lead out of the root
 */
export async function writeOciBase(request: BaseRequest<OciBase>): Promise<BaseResult> {
  const { base, signal } = request;
  return await explainBaseFailures({ subject: `base.image ${base.image}`, signal }, async () => {
    const image = await findImage(parseImageReference(base.image), request);
    const layers: TarSource[] = [];
    for (const [at, layer] of image.layers.entries()) {
      const subject = `layer ${at + 1} of ${image.layers.length} of ${base.image}`;
      const file = path.join(request.workDirectory, `layer-${at}.tar`);
      layers.push(await unpackLayer(layer, { subject, file, signal }));
    }
    const root = await indexLayers({ layers, whiteouts: true, signal });
    await writeRoot(root, { ...request, subject: base.image });
    const sha256 = hexOf(image.digest);
    const inputs = [{ uri: base.image, sha256, name: nameOf(base.image) }];
    return { inputs, isRpmSystem: holdsRpmDatabase(root) };
  });
}

/** The digest of the image that `writeOciBase` would use now, for the lockfile: its manifest's, `sha256:…`. */
export async function resolveOciBase(request: BaseRequest<OciBase>): Promise<string> {
  const { base, signal } = request;
  const subject = `base.image ${base.image}`;
  const find = async () => await findImage(parseImageReference(base.image), request);
  return (await explainBaseFailures({ subject, signal }, find)).digest;
}

async function findImage(
  reference: ImageReference,
  request: BaseRequest<OciBase>,
): Promise<OpenedImage> {
  const { arch, directory, signal } = request;
  const wanted = { arch, pin: reference.digest };
  if (reference.kind === 'registry') {
    return await openImage(await openRegistry(reference, request), wanted);
  }
  const files = await openImageFiles(path.resolve(directory, reference.path), request);
  const index = await files.find('index.json');
  if (index !== undefined)
    return await openImage(await openLayout(files, { index, signal }), wanted);
  const manifest = await files.find('manifest.json');
  if (manifest !== undefined) return await openDockerArchive(files, { ...wanted, manifest });
  throw new KubeosError('DEFINITION_INVALID', `base.image ${reference.path} holds no image`, {
    hint: 'an OCI layout or archive is expected (`skopeo copy … oci-archive:image.tar`), or what `docker save` writes; for a plain root file system use base type tar or directory',
  });
}

function nameOf(image: string): string {
  return path.basename(image.replace(/@sha256:.*$/, ''));
}

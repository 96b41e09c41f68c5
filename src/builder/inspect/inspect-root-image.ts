import { stat } from 'node:fs/promises';
import { bytesIn } from '../../disk/positional-file.ts';
import type { FileSystemReport } from './image-report.ts';
import type { OpenedImage } from './open-image.ts';
import { observeSystem } from './observe-system.ts';
import type { InspectContext, ObservedImage } from './observed-image.ts';

export interface RootImageRequest {
  readonly path: string;
  readonly image: OpenedImage;
  readonly fileSystem: FileSystemReport;
}

/** A root image by itself: nothing says how it is booted, but its hash tree can be checked against itself. */
export async function inspectRootImage(
  { path, image, fileSystem }: RootImageRequest,
  context: InspectContext,
): Promise<ObservedImage> {
  const { raw, format } = image;
  const size = await bytesIn(await stat(raw));
  const place = { file: raw, offset: 0, size, fileSystem, release: null, sums: null };
  const { system, verity, findings } = await observeSystem(
    { ...place, subject: 'root image', isPartition: false },
    context,
  );
  if (system.root === null) throw new Error('a root image was observed without its root');
  return {
    report: { kind: 'root-image', path, format, size, root: system.root, verity, findings },
    system: { ...system, imageSize: size },
  };
}

import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import { makeRootFileSystem } from './root-file-system.ts';
import { appendVerity, type Verity } from './verity.ts';

export interface RootImage {
  readonly verity: Verity | null;
}

/** The file system and, unless the definition gives it up, its dm-verity hash tree behind it. */
export async function makeRootImage(plan: BuildPlan, commands: Commands): Promise<RootImage> {
  const { root } = plan.definition;
  const { tree, rootImage: image } = plan.files;
  const { seed, epoch } = plan;
  const sizeBytes = await makeRootFileSystem({
    tree,
    image,
    fileSystem: root.fileSystem,
    seed,
    epoch,
    commands,
  });
  return { verity: root.verity ? await appendVerity(image, { sizeBytes, seed }, commands) : null };
}

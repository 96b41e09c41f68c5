import path from 'node:path';
import { makeGrubCommands } from '../../grub/make-grub.ts';
import {
  bootFiles,
  findDebOwner,
  showDeb,
  showRpmOwner,
} from '../../inventory/read-boot-packages.ts';
import { listRpmPackages } from '../../inventory/read-rpm-packages.ts';
import { changeInodes, listInodes } from '../../root-image/fix-ext4-times.ts';
import { bootAreaCommand, bootAreaFiles, needsBootArea } from '../../root-image/make-root-image.ts';
import { listTree } from '../../root-image/measure-tree.ts';
import { checkErofs, checkExt4, fileSystemCommands } from '../../root-image/root-file-system.ts';
import { formatVerity, verifyVerity } from '../../root-image/verity.ts';
import { readSecret, SECRETS } from '../../tree/observe-tree.ts';
import { scriptCommand } from '../../tree/run-scripts.ts';
import { realPaths } from '../../tree/stay-inside.ts';
import {
  clampTimes,
  extractOver,
  extractTree,
  moveKernel,
  movePackageDatabase,
  removeAll,
  removeTree,
  setClockEpoch,
  unitCommands,
  unpackModules,
} from '../../tree/tree-commands.ts';
import type { BuildPlan } from '../build-plan.ts';
import { nameUnknown, onlyWhen, UNKNOWN, type PlannedCommand } from './planned-command.ts';

export function treeCommands(plan: BuildPlan): PlannedCommand[] {
  const { files, definition } = plan;
  const { tree, bootTree: scratch } = files;
  const secrets = Object.values(SECRETS).map((file) => readSecret(path.join(tree, file)));
  return [
    extractTree(rootTarOf(plan), tree),
    ...definition.scripts.map((_, index) => scriptCommand(plan, index)),
    realPaths(['<paths in the tree …>']),
    ...onlyWhen('where the image has it', secrets),
    ...onlyWhen('where the image has dpkg', movePackageDatabase(tree, 'dpkg')),
    ...onlyWhen('where the image has rpm', movePackageDatabase(tree, 'rpm')),
    ...makeGrubCommands({ ...definition, scratch }),
    ...moveKernel({ tree, file: files.kernel, original: `${tree}/<kernel>` }),
    ...onlyWhen('where there are any', [removeAll(['<traces of the installation …>'])]),
    extractOver(files.overlay, tree),
    ...unitCommands(tree, definition.units),
    ...onlyWhen('where modules are packed', unpackModules(tree, '<kernel version>')),
    ...onlyWhen('where the image has rpm', [listRpmPackages('<scratch>')]),
    ...bootPackageCommands(definition),
  ];
}

/** Which packages of this host GRUB is of. */
function bootPackageCommands(definition: BuildPlan['definition']): PlannedCommand[] {
  const files = bootFiles(definition);
  return [
    ...files.map(findDebOwner),
    ...onlyWhen('on a host with dpkg', [showDeb('<package>')]),
    ...onlyWhen('on a host with rpm', files.map(showRpmOwner)),
  ];
}

function rootTarOf({ definition, cacheDirectory, files }: BuildPlan): string {
  const { type } = definition.base;
  const isCached = type === 'apt' || type === 'dnf';
  return isCached ? path.join(cacheDirectory, 'roots', '<digest>.tar') : files.baseTar;
}

export function initramfsCommands({ files, treeEpoch, epoch }: BuildPlan): PlannedCommand[] {
  const { tree, overlay } = files;
  return [
    realPaths(['<paths in the tree …>']),
    extractOver(overlay, tree),
    clampTimes(tree, treeEpoch),
    setClockEpoch(tree, epoch),
  ];
}

export function rootCommands(plan: BuildPlan): PlannedCommand[] {
  const { tree, rootImage: image } = plan.files;
  const { seed, definition } = plan;
  const settings = { sizeBytes: UNKNOWN, seed };
  const verity = [
    formatVerity(image, settings),
    verifyVerity(image, { ...settings, rootHash: '<root hash>' }),
  ];
  return [
    ...fileSystem(plan),
    ...(definition.root.verity ? verity : []),
    ...(needsBootArea(definition.root) ? bootArea(plan) : []),
    removeTree(tree),
  ].map(nameUnknown);
}

function fileSystem({ files, seed, treeEpoch: epoch, definition }: BuildPlan): PlannedCommand[] {
  const { tree, rootImage: image } = files;
  const request = { tree, image, seed, epoch };
  switch (definition.root.fileSystem) {
    case 'ext4':
      return [
        listTree(tree),
        fileSystemCommands.ext4(request, { sizeBytes: UNKNOWN, inodes: UNKNOWN }),
        ...timeCommands(image),
        checkExt4(image),
      ];
    case 'squashfs':
      return [fileSystemCommands.squashfs(request)];
    case 'erofs':
      return [fileSystemCommands.erofs(request), checkErofs(image)];
    default:
      return definition.root.fileSystem satisfies never;
  }
}

function bootArea(plan: BuildPlan): PlannedCommand[] {
  return [bootAreaCommand(plan, UNKNOWN), ...timeCommands(bootAreaFiles(plan).image)];
}

function timeCommands(image: string): PlannedCommand[] {
  return [listInodes(image), changeInodes(image, '<times of every inode>')];
}

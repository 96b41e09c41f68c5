import path from 'node:path';
import type { LoadedDefinition } from '../definition/load-definition.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import type { NamedDigest } from '../provenance/provenance.ts';
import { planLayout, type DiskLayout } from '../../disk/layout.ts';

/** Everything about a build that can be known before it starts. */
export interface BuildPlan extends BuildRequest {
  /**
   * The time of every file in the root image, in seconds: the same for all builds, so that an unchanged file
   * is unchanged in its inode too and upgrades stay small.
   */
  readonly treeEpoch: number;
  /** Every identifier in the image is derived from it. */
  readonly seed: string;
  readonly layout: DiskLayout;
  readonly files: BuildFiles;
}

/** Intermediate files, all below the work directory. */
export interface BuildFiles {
  readonly tree: string;
  readonly baseTar: string;
  readonly overlay: string;
  readonly initramfs: string;
  readonly kernel: string;
  readonly rootImage: string;
  /** image.zst and image.blocks of the release. */
  readonly compressedImage: string;
  readonly blockTable: string;
  readonly bootImage: string;
  readonly bootTree: string;
  readonly disk: string;
  /** Folder of the finished artifacts, before they are moved to the output folder. */
  readonly artifacts: string;
}

export interface BuildRequest {
  readonly definition: ImageDefinition;
  /** Folder of the definition: its relative paths start here. */
  readonly directory: string;
  /** The YAML files of the definition, by name and digest. */
  readonly inputs: readonly NamedDigest[];
  /** What `--set` changed: key to value. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Where finished artifacts appear. */
  readonly outputDirectory: string;
  /** Private to this build, removed at its end. On the file system of the output, so that results move by rename. */
  readonly workDirectory: string;
  readonly cacheDirectory: string;
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly epoch: number;
  /** What the lockfile says of the base; null: it is resolved now. */
  readonly locked: LockedBase | null;
  /** SHA-256 of kubeos.lock, where there is one. */
  readonly lockSha256: string | null;
  readonly kubeosVersion: string;
  /** SHA-256 over kubeos's own code and templates. */
  readonly kubeosDigest: string;
  /** The node agent's program to put into the image; null: none. */
  readonly agentFile: string | null;
  /** Ties faults that only the built tree shows to the definition's lines. */
  readonly locate: LoadedDefinition['locate'];
}

/** 2020-01-01. */
const TREE_EPOCH = 1_577_836_800;

export function planBuild(request: BuildRequest): BuildPlan {
  const { definition } = request;
  // Without the version: the same slot keeps its identifiers over upgrades, and deltas stay small.
  const seed = `${definition.name}/${definition.arch}`;
  return {
    ...request,
    treeEpoch: Math.min(request.epoch, TREE_EPOCH),
    seed,
    layout: planLayout({
      arch: definition.arch,
      bootBytes: definition.partitions.boot,
      rootBytes: definition.partitions.root,
      persistBytes: definition.partitions.persist,
      hasBiosBoot: definition.firmware.includes('bios'),
      seed,
    }),
    files: planFiles(request.workDirectory),
  };
}

function planFiles(work: string): BuildFiles {
  const at = (name: string): string => path.join(work, name);
  return {
    tree: at('tree'),
    baseTar: at('base.tar'),
    overlay: at('overlay.tar'),
    initramfs: at('initramfs.img'),
    kernel: at('vmlinuz'),
    rootImage: at('root.img'),
    compressedImage: at('image.zst'),
    blockTable: at('image.blocks'),
    bootImage: at('boot.img'),
    bootTree: at('boot'),
    disk: at('disk.raw'),
    artifacts: at('artifacts'),
  };
}

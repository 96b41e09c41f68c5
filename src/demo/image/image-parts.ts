import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBundles } from '../../builder/own-agent/open-bundles.ts';
import type { Commands } from '../../host/commands.ts';
import { kubeosImage } from './kubeos-image.ts';
import { writeNode, writeProgram } from './program-files.ts';
import { writeSystemFiles } from './system-files.ts';
import { writeImage } from './write-image.ts';
import { writeLayer, type Layer } from './write-layer.ts';

/** What changes least comes first: nodes and registries have it already. */
export const PARTS = ['system', 'node', 'kubeos'] as const;

interface Host {
  readonly commands: Commands;
  readonly signal: AbortSignal;
}

const ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Writes the files of the image of operator and proxy: a folder for each part. */
export async function writeParts(folder: string, { commands, signal }: Host): Promise<void> {
  await using bundles = await openBundles(['kubeos'], commands);
  const write = {
    system: async (to: string) => await writeSystemFiles(to, { arch: ARCH, commands, signal }),
    node: async (to: string) => await writeNode(to, commands),
    kubeos: async (to: string) => await writeProgram(to, bundles.path),
  };
  for (const name of PARTS) {
    await mkdir(path.join(folder, name));
    await write[name](path.join(folder, name));
  }
}

export interface PackedImage {
  /** By which `kubeos install` names it. */
  readonly digest: string;
  /** In the order of the parts. */
  readonly layers: readonly Layer[];
}

/** The folders of the parts become an OCI image layout. */
export async function packParts(
  folder: string,
  layout: string,
  commands: Commands,
): Promise<PackedImage> {
  const layers: Layer[] = [];
  for (const name of PARTS) {
    const blobs = path.join(layout, 'blobs/sha256');
    layers.push(await writeLayer(path.join(folder, name), blobs, commands));
  }
  return { digest: await writeImage(layout, layers, kubeosImage(ARCH)), layers };
}

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildPlan } from '../build/build-plan.ts';
import { allEnded } from '../build/all-ended.ts';
import { flushTree } from '../../disk/flush-tree.ts';
import { inventoryDocuments } from '../inventory/inventory-documents.ts';
import {
  describeProvenance,
  describeResult,
  type BuildDescription,
} from '../provenance/describe-build.ts';
import type { StepReport } from '../build/step.ts';
import type { Commands } from '../../host/commands.ts';
import { convertDisk } from './convert-disk.ts';
import { writeOciLayout } from './oci/write-oci-layout.ts';
import { writePxe } from './pxe/write-pxe.ts';
import { CHECKSUMS_FILE, checksumsOf, writeChecksums } from './write-checksums.ts';

export interface OutputsRequest {
  readonly build: BuildDescription;
  readonly commands: Commands;
  readonly report: StepReport;
}

/**
 * Writes every artifact into a folder of the work directory, SHA256SUMS last. Returns the names there, in the
 * order in which they should appear.
 */
export async function writeOutputs(request: OutputsRequest): Promise<string[]> {
  const { build, report } = request;
  const { artifacts } = build.plan.files;
  await mkdir(artifacts);
  const written = [
    ...(await writeRelease(build)),
    ...(await writeTexts(artifacts, inventoryDocuments(build.inventory))),
    ...(await writeImages(request)),
  ];
  await rm(build.plan.files.rootImage);
  report('checksums');
  // The one waits for the processor, the other for the disk.
  const [checksums] = await allEnded([checksumsOf(artifacts, written), flushTree(artifacts)]);
  const about = await writeTexts(
    artifacts,
    new Map([
      ['provenance.json', describeProvenance(build, checksums)],
      ['build.json', describeResult(build, checksums)],
    ]),
  );
  await writeChecksums(
    artifacts,
    new Map([...checksums, ...(await checksumsOf(artifacts, about))]),
  );
  return [...written, ...about, CHECKSUMS_FILE];
}

async function writeTexts(
  directory: string,
  texts: ReadonlyMap<string, string>,
): Promise<string[]> {
  for (const [name, text] of texts) await writeFile(path.join(directory, name), text);
  return [...texts.keys()];
}

/** The raw disk last: the other forms are made from it, then it is moved. */
async function writeImages(request: OutputsRequest): Promise<string[]> {
  const { definition, files } = request.build.plan;
  const names: string[] = [];
  for (const output of definition.outputs) {
    if (output === 'raw') continue;
    request.report(output);
    names.push(await writeOutput(output, request));
  }
  if (!definition.outputs.includes('raw')) return names;
  await rename(files.disk, path.join(files.artifacts, 'disk.raw'));
  return [...names, 'disk.raw'];
}

async function writeRelease({ plan, release }: BuildDescription): Promise<string[]> {
  const { artifacts, compressedImage, blockTable } = plan.files;
  const directory = path.join(artifacts, 'release');
  await mkdir(directory);
  await rename(compressedImage, path.join(directory, 'image.zst'));
  await rename(blockTable, path.join(directory, 'image.blocks'));
  await writeFile(path.join(directory, 'manifest.json'), release.serialised);
  await writeFile(path.join(directory, 'boot.cfg'), release.configuration);
  await writeFile(path.join(directory, 'boot.sum'), release.sums);
  return ['release'];
}

type Output = Exclude<BuildPlan['definition']['outputs'][number], 'raw'>;

/** Returns the name of what it wrote. */
async function writeOutput(output: Output, request: OutputsRequest): Promise<string> {
  const { disk, artifacts } = request.build.plan.files;
  const { seed } = request.build.plan;
  switch (output) {
    case 'pxe':
      await writeNetworkBoot(request);
      return 'pxe';
    case 'oci':
      await writeArtifactImage(request);
      return 'oci';
    case 'qcow2':
    case 'vmdk':
    case 'vhd': {
      const name = `disk.${output}`;
      const file = path.join(artifacts, name);
      await convertDisk(output, { disk, output: file, seed, commands: request.commands });
      return name;
    }
    default:
      return output satisfies never;
  }
}

async function writeNetworkBoot({ build }: OutputsRequest): Promise<void> {
  const { plan, release } = build;
  const { kernel, initramfs, rootImage, artifacts } = plan.files;
  const { name, version, kernelArguments, verity } = release.manifest;
  await writePxe({
    ...{ kernel, initramfs, rootImage, name, version, kernelArguments, verity },
    bootFiles: release,
    output: path.join(artifacts, 'pxe'),
  });
}

async function writeArtifactImage({ build }: OutputsRequest): Promise<void> {
  const { plan, release } = build;
  const { files, epoch } = plan;
  const { name, version, arch } = release.manifest;
  const inRelease = (file: string): string => path.join(files.artifacts, 'release', file);
  const binary = 'application/octet-stream';
  await writeOciLayout({
    ...{ name, version, arch, epoch, output: path.join(files.artifacts, 'oci') },
    files: [
      { title: 'manifest.json', mediaType: 'application/json', path: inRelease('manifest.json') },
      { title: 'boot.cfg', mediaType: 'text/plain', path: inRelease('boot.cfg') },
      { title: 'boot.sum', mediaType: 'text/plain', path: inRelease('boot.sum') },
      { title: 'vmlinuz', mediaType: binary, path: files.kernel },
      { title: 'initramfs.img', mediaType: binary, path: files.initramfs },
      { title: 'root.img', mediaType: binary, path: files.rootImage },
    ],
  });
}

import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildPlan } from '../build/build-plan.ts';
import type { StepReport } from '../build/step.ts';
import type { Commands } from '../../host/commands.ts';
import type { Release } from '../release/make-release.ts';
import { convertDisk } from './convert-disk.ts';
import { writeOciLayout } from './oci/write-oci-layout.ts';
import { writePxe } from './pxe/write-pxe.ts';
import { writeChecksums } from './write-checksums.ts';

export interface OutputsRequest {
  readonly plan: BuildPlan;
  readonly release: Release;
  /** Further files by name: package list, SBOMs, provenance, build.json. */
  readonly documents: ReadonlyMap<string, string>;
  readonly commands: Commands;
  readonly report: StepReport;
}

/**
 * Writes every artifact into a folder of the work directory, SHA256SUMS last. Returns the names there, in the
 * order in which they should appear.
 */
export async function writeOutputs(request: OutputsRequest): Promise<string[]> {
  const { plan, release, report } = request;
  const { artifacts, disk } = plan.files;
  await mkdir(artifacts);
  const names = await writeRelease(artifacts, release);
  for (const [name, text] of request.documents) {
    await writeFile(path.join(artifacts, name), text);
    names.push(name);
  }
  for (const output of plan.definition.outputs) {
    if (output === 'raw') continue;
    report(output);
    names.push(await writeOutput(output, request));
  }
  if (plan.definition.outputs.includes('raw')) {
    await rename(disk, path.join(artifacts, 'disk.raw'));
    names.push('disk.raw');
  }
  report('checksums');
  await writeChecksums(artifacts, names);
  return [...names, 'SHA256SUMS'];
}

async function writeRelease(artifacts: string, release: Release): Promise<string[]> {
  const directory = path.join(artifacts, 'release');
  await mkdir(directory);
  await writeFile(path.join(directory, 'manifest.json'), release.serialised);
  await writeFile(path.join(directory, 'boot.cfg'), release.configuration);
  await writeFile(path.join(directory, 'boot.sum'), release.sums);
  return ['release'];
}

type Output = Exclude<BuildPlan['definition']['outputs'][number], 'raw'>;

/** Returns the name of what it wrote. */
async function writeOutput(output: Output, request: OutputsRequest): Promise<string> {
  const { disk, artifacts } = request.plan.files;
  const { seed } = request.plan;
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

async function writeNetworkBoot({ plan, release }: OutputsRequest): Promise<void> {
  const { kernel, initramfs, rootImage, artifacts } = plan.files;
  const { name, version, kernelArguments, verity } = release.manifest;
  const output = path.join(artifacts, 'pxe');
  await writePxe({ kernel, initramfs, rootImage, output, name, version, kernelArguments, verity });
}

async function writeArtifactImage({ plan, release }: OutputsRequest): Promise<void> {
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

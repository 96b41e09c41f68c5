import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Commands } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { buildModule, type GoModule } from '../go/build-module.ts';
import { packParts, writeParts } from '../image/image-parts.ts';
import { writeImage } from '../image/write-image.ts';
import { writeLayer } from '../image/write-layer.ts';

const DEFINITIONS = fileURLToPath(new URL('fixtures/images/node', import.meta.resolve('#package')));

/** One that knows its version. */
export const kubeletOf = (folder: string, version: string): GoModule => ({
  folder,
  programs: { kubelet: 'k8s.io/kubernetes/cmd/kubelet' },
  linkerFlags: [`-X k8s.io/component-base/version.gitVersion=v${version}`],
});

const KUBELET = kubeletOf('images/node/kubelet', '1.36.3');

const WORKLOAD: GoModule = { folder: 'images/node/workload', programs: { workload: '.' } };

/** Digests of the container images that the nodes bring along. */
export interface NodeInputs {
  readonly kubeos: string;
  readonly workload: string;
}

/** What takes minutes the first time. */
export async function buildNodePrograms(signal?: AbortSignal): Promise<void> {
  for (const module of [KUBELET, WORKLOAD]) await buildModule(module, signal);
}

interface Preparation {
  readonly signal?: AbortSignal;
  /** Default: that of the release which the definitions name. */
  readonly kubelet?: GoModule;
}

/**
 * A folder from which node images can be built: their definitions, and in `inputs` what these take from the build host,
 * kubelet and container images.
 */
export async function prepareNodeImage(
  folder: string,
  { signal = new AbortController().signal, kubelet = KUBELET }: Preparation = {},
): Promise<NodeInputs> {
  const commands = hostCommands({ signal });
  const programs = await buildModule(kubelet, signal);
  await using work = await openScratch(folder);
  const at = (name: string): string => path.join(work.path, name);
  await mkdir(at('parts'));
  await writeParts(at('parts'), { commands, signal });
  const kubeos = await packParts(at('parts'), at('kubeos'), commands);
  const workload = await packWorkload(at('workload'), { commands, signal });
  const images = path.join(folder, 'inputs/container-images');
  await mkdir(at('images'));
  for (const name of ['kubeos', 'workload']) {
    await archive(at(name), path.join(at('images'), `${name}.tar`), commands);
  }
  await writeSums(at('images'), ['kubeos.tar', 'workload.tar']);
  await copyFile(path.join(programs, 'kubelet'), at('kubelet'));
  await mkdir(path.dirname(images), { recursive: true });
  await replace(at('images'), images);
  await replace(at('kubelet'), path.join(folder, 'inputs/kubelet'));
  await copyDefinitions(folder, work.path);
  return { kubeos: kubeos.digest, workload };
}

/** With their times: that of a definition that is in no repository of git is the time of its images. */
async function copyDefinitions(folder: string, work: string): Promise<void> {
  const names = (await readdir(DEFINITIONS)).filter((name) => name.endsWith('.yaml'));
  for (const name of names) {
    await cp(path.join(DEFINITIONS, name), path.join(work, name), { preserveTimestamps: true });
    await rename(path.join(work, name), path.join(folder, name));
  }
}

async function packWorkload(
  layout: string,
  { commands, signal }: { readonly commands: Commands; readonly signal: AbortSignal },
): Promise<string> {
  const files = `${layout}.files`;
  await mkdir(files);
  const programs = await buildModule(WORKLOAD, signal);
  await copyFile(path.join(programs, 'workload'), path.join(files, 'workload'));
  const layer = await writeLayer(files, path.join(layout, 'blobs/sha256'), commands);
  const config = { Entrypoint: ['/workload'], Cmd: ['pause'] };
  return await writeImage(layout, [layer], { architecture: 'amd64', tag: '1', config });
}

/** An image layout as one file, the same bytes for the same image. */
async function archive(layout: string, file: string, commands: Commands): Promise<void> {
  const plain = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const args = [
    '--create',
    ...plain,
    '--mode=u=rwX,go=rX',
    '--file',
    file,
    '--directory',
    layout,
    '.',
  ];
  await commands.run({ tool: 'tar', args });
}

async function writeSums(folder: string, names: readonly string[]): Promise<void> {
  const lines = names.map(async (name) => {
    const bytes = await readFile(path.join(folder, name));
    return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
  });
  await writeFile(path.join(folder, 'SHA256SUMS'), (await Promise.all(lines)).join(''));
}

async function replace(made: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await rename(made, place);
}

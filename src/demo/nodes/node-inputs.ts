import { createHash } from 'node:crypto';
import {
  copyFile,
  mkdir,
  mkdtempDisposable,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Commands } from '../../host/commands.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { writeImage } from '../image/write-image.ts';
import { writeLayer } from '../image/write-layer.ts';
import { buildModule, type GoModule } from '../go/build-module.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.resolve('#package')));
const KUBELET_VERSION = '1.36.3';

const KUBELET: GoModule = {
  folder: 'images/node/kubelet',
  programs: { kubelet: 'k8s.io/kubernetes/cmd/kubelet' },
  linkerFlags: [`-X k8s.io/component-base/version.gitVersion=v${KUBELET_VERSION}`],
};

const WORKLOAD: GoModule = { folder: 'images/node/workload', programs: { workload: '.' } };

/** What fixtures/images/node/kubeos.yaml takes from the build host lies here. */
const PLACE = path.join(ROOT, 'out/node');

/** Digests of the container images that the nodes bring along. */
export interface NodeInputs {
  readonly kubeos: string;
  readonly workload: string;
}

/** What takes minutes the first time. */
export async function buildNodePrograms(): Promise<void> {
  for (const module of [KUBELET, WORKLOAD]) await buildModule(module);
}

/** Builds kubelet and the container images of the node image, each where it is not there yet. */
export async function prepareNodeInputs(
  signal = new AbortController().signal,
): Promise<NodeInputs> {
  const commands = hostCommands({ signal });
  await mkdir(PLACE, { recursive: true });
  await using work = await mkdtempDisposable(path.join(PLACE, 'work-'));
  await copyFile(path.join(await buildModule(KUBELET), 'kubelet'), path.join(work.path, 'kubelet'));
  const images = path.join(work.path, 'container-images');
  await mkdir(images);
  const kubeosLayout = path.join(work.path, 'kubeos');
  const built = await commands.run({
    ...{ tool: process.execPath, args: ['tools/build-image.ts', kubeosLayout] },
    workingDirectory: ROOT,
  });
  const workload = await packWorkload(path.join(work.path, 'workload'), commands);
  for (const name of ['kubeos', 'workload']) {
    await archive(path.join(work.path, name), path.join(images, `${name}.tar`), commands);
  }
  await writeSums(images, ['kubeos.tar', 'workload.tar']);
  await replace(path.join(work.path, 'kubelet'), path.join(PLACE, 'kubelet'));
  await replace(images, path.join(PLACE, 'container-images'));
  return { kubeos: built.stdout.trim(), workload };
}

async function packWorkload(layout: string, commands: Commands): Promise<string> {
  const files = `${layout}.files`;
  await mkdir(files);
  await copyFile(path.join(await buildModule(WORKLOAD), 'workload'), path.join(files, 'workload'));
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

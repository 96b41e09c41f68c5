import { mkdir, mkdtempDisposable, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packParts, PARTS, writeParts } from '../src/demo/image/image-parts.ts';
import { KubeosError } from '../src/errors.ts';
import { hostCommands } from '../src/host/run-commands.ts';

// The image of operator and proxy, as an OCI image layout, without a Docker daemon and without root:
// `node tools/build-image.ts [FOLDER]`, out/image by default. The digest by which `kubeos install` names it is on stdout.
// With --files the folder gets what would be in the layers, for a Dockerfile to copy.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'boolean', default: false } },
});
const output = path.resolve(
  positionals[0] ?? fileURLToPath(new URL('../out/image', import.meta.url)),
);
const { signal } = new AbortController();
const commands = hostCommands({ signal });

await assertReplaceable(output);
await mkdir(path.dirname(output), { recursive: true });
await using work = await mkdtempDisposable(`${output}.work-`);
await writeParts(work.path, { commands, signal });
if (values.files) await moveFiles();
else console.log(await packLayers());

async function moveFiles(): Promise<void> {
  await mkdir(output, { recursive: true });
  for (const name of PARTS) await rename(path.join(work.path, name), path.join(output, name));
}

/** @returns the image's digest */
async function packLayers(): Promise<string> {
  const made = path.join(work.path, 'image');
  const { digest, layers } = await packParts(work.path, made, commands);
  for (const [index, { size }] of layers.entries()) {
    console.error(`layer ${PARTS[index]}: ${Math.round(size / 2 ** 20)} MiB`);
  }
  await rm(output, { recursive: true, force: true });
  await rename(made, output);
  return digest;
}

/** What is there is removed for the new image; disks that lie in `out` as well are not to go with it. */
async function assertReplaceable(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0 || names.includes('oci-layout')) return;
  throw new KubeosError('USAGE', `${folder} holds something else than an image: ${names[0]}`, {
    hint: 'name a folder that is not there yet, such as out/image',
  });
}

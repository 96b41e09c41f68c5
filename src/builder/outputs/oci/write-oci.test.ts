import { createHash } from 'node:crypto';
import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { hostCommands } from '../../../host/run-commands.ts';
import { writeOciArchive } from './write-oci-archive.ts';
import { writeOciLayout, type OciRequest } from './write-oci-layout.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-oci-'));

async function makeRequest(directory: string): Promise<OciRequest> {
  const at = (name: string): string => path.join(directory, name);
  await writeFile(at('root.img'), Buffer.alloc(2_500_000, 'root'));
  await writeFile(at('vmlinuz'), 'kernel');
  return {
    name: 'minimal',
    version: '1.2.3',
    arch: 'amd64',
    epoch: 1_700_000_000,
    output: at('oci'),
    files: [
      { path: at('root.img'), title: 'root.img', mediaType: 'application/vnd.kubeos.root.v1' },
      { path: at('vmlinuz'), title: 'vmlinuz', mediaType: 'application/octet-stream' },
    ],
  };
}

const descriptor = z.object({ digest: z.string().startsWith('sha256:'), size: z.int() });
const index = z.object({ manifests: z.array(descriptor).length(1) });
const manifest = z.object({
  artifactType: z.literal('application/vnd.kubeos.image.v1'),
  config: descriptor,
  layers: z.array(descriptor.extend({ annotations: z.record(z.string(), z.string()) })),
});

test('every descriptor from the index down leads to a blob of its digest and size', async (t) => {
  await using dir = await temporary();
  const request = await makeRequest(dir.path);
  const { manifestDigest } = await writeOciLayout(request);
  const blob = async ({ digest, size }: z.infer<typeof descriptor>): Promise<Buffer> => {
    const bytes = await readFile(path.join(request.output, 'blobs', digest.replace(':', '/')));
    t.is(createHash('sha256').update(bytes).digest('hex'), digest.slice('sha256:'.length));
    t.is(bytes.length, size);
    return bytes;
  };
  const root = index.parse(
    JSON.parse(await readFile(path.join(request.output, 'index.json'), 'utf8')),
  );
  t.is(root.manifests[0]?.digest, `sha256:${manifestDigest}`);
  for (const entry of root.manifests) {
    const found = manifest.parse(JSON.parse((await blob(entry)).toString()));
    t.is((await blob(found.config)).toString(), '{}');
    t.deepEqual(
      found.layers.map((layer) => layer.annotations['org.opencontainers.image.title']),
      ['root.img', 'vmlinuz'],
    );
    for (const layer of found.layers) await blob(layer);
  }
});

test('the same files give the same layout and archive, in whatever folder they are made', async (t) => {
  await using first = await temporary();
  await using second = await temporary();
  const digests: string[] = [];
  for (const dir of [first.path, second.path]) {
    const request = await makeRequest(dir);
    digests.push((await writeOciLayout(request)).manifestDigest);
    await writeOciArchive(request.output, path.join(dir, 'oci.tar'));
  }
  t.is(digests[0], digests[1]);
  const [one, other] = await Promise.all(
    [first.path, second.path].map(async (dir) => await readFile(path.join(dir, 'oci.tar'))),
  );
  t.deepEqual(one, other);
});

test('the archive unpacks to the layout', async (t) => {
  await using dir = await temporary();
  const request = await makeRequest(dir.path);
  await writeOciLayout(request);
  const archive = path.join(dir.path, 'oci.tar');
  await writeOciArchive(request.output, archive);
  const unpacked = path.join(dir.path, 'unpacked');
  await mkdir(unpacked);
  await commands.run({ tool: 'tar', args: ['-xf', archive, '-C', unpacked] });
  await commands.run({ tool: 'diff', args: ['-r', request.output, unpacked] });
  t.deepEqual((await readdir(unpacked)).toSorted(), ['blobs', 'index.json', 'oci-layout']);
});

test('a file that cannot be read ends the archive with its name, and no archive appears', async (t) => {
  await using dir = await temporary();
  const error = await t.throwsAsync(
    writeOciArchive(path.join(dir.path, 'absent'), path.join(dir.path, 'oci.tar')),
  );
  t.regex(error.message, /ENOENT.*absent/);
  t.deepEqual(await readdir(dir.path), []);
});

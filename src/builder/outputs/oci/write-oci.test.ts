import { createHash } from 'node:crypto';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { writeOciLayout, type OciRequest } from './write-oci-layout.ts';

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

test('the same files give the same layout, in whatever folder it is made', async (t) => {
  await using first = await temporary();
  await using second = await temporary();
  const [one, other] = await Promise.all(
    [first.path, second.path].map(async (dir) => await writeOciLayout(await makeRequest(dir))),
  );
  t.is(one?.manifestDigest, other?.manifestDigest);
});

import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';
import { planBuild } from '../build/build-plan.ts';
import { definitionSchema } from '../definition/schema.ts';
import { makeRelease } from './make-release.ts';

test('the epoch and the security floor of a definition are in the manifest, and in what GRUB and the agent read of a slot', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-release-'));
  const definition = definitionSchema.parse({
    ...{ name: 'node', version: '1', base: { type: 'directory', path: 'tree' } },
    ...{ epoch: 7, release: { securityFloor: 5 } },
  });
  const planned = planBuild({
    ...{ definition, directory: directory.path, inputs: [], overrides: {}, epoch: 1_700_000_000 },
    ...{ outputDirectory: directory.path, workDirectory: directory.path },
    ...{ cacheDirectory: directory.path, locked: null, lockSha256: null },
    ...{ kubeosVersion: '0', kubeosDigest: '0', agentFile: null, locate: () => [] },
  });
  const fileOf = (name: string): string => path.join(directory.path, name);
  const files = {
    ...{ kernel: fileOf('kernel'), initramfs: fileOf('initramfs'), rootImage: fileOf('root') },
    ...{ compressedImage: fileOf('image.zst'), blockTable: fileOf('image.blocks') },
  };
  await writeFile(files.kernel, 'kernel');
  await writeFile(files.initramfs, 'initramfs');
  await writeFile(files.rootImage, Buffer.alloc(4096));
  const plan = { ...planned, files: { ...planned.files, ...files } };
  const { manifest, configuration } = await makeRelease(plan, { verity: null, area: null }, null);
  t.like(manifest, { epoch: 7, securityFloor: 5 });
  t.like(parseSlotConfiguration(Buffer.from(configuration).toString()), {
    epoch: 7,
    securityFloor: 5,
  });
});

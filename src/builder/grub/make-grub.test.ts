import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { isDeepStrictEqual } from 'node:util';
import type { GrubImages } from '../../disk/grub-images.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { makeGrub } from './make-grub.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const template = readFile(fileURLToPath(import.meta.resolve('#templates/grub.cfg')), 'utf8');

async function make(grubCfg?: string): Promise<GrubImages> {
  await using scratch = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grub-'));
  return await makeGrub({
    ...{ arch: 'amd64', firmware: ['uefi', 'bios'], scratch: scratch.path, epoch: 0, commands },
    ...(grubCfg === undefined ? {} : { grubCfg }),
  });
}

test('the images are the same bytes and versions every time', async (t) => {
  const [one, two] = await Promise.all([make(), make()]);
  t.true(isDeepStrictEqual(one, two));
  t.true(one.uefi.image.length > 100_000);
  t.true((one.bios?.core.length ?? 0) > 50_000);
});

test('an image says its version, which another grub.cfg changes', async (t) => {
  const text = await template;
  const [one, other] = await Promise.all([make(), make(`${text}\n# changed`)]);
  t.regex(one.uefi.version, /^uefi-[0-9a-f]{16}$/);
  t.regex(one.bios?.version ?? '', /^bios-[0-9a-f]{16}$/);
  t.true(Buffer.from(one.uefi.image).includes(`set grub_version='${one.uefi.version}'`));
  t.not(other.uefi.version, one.uefi.version);
  t.not(other.bios?.version, one.bios?.version);
});

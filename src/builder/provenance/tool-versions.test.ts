import test from 'ava';
import { requirementsOf } from '../host-check/required-tools.ts';
import { locateTool, hostCommands } from '../../host/run-commands.ts';
import { parseToolVersion, toolVersions, VERSIONED_TOOLS } from './tool-versions.ts';

const commands = hostCommands({ signal: new AbortController().signal });

test('reads the version of every tool that this host has', async (t) => {
  const here = await Promise.all(
    VERSIONED_TOOLS.map(
      async (tool) =>
        await locateTool(tool).then(
          () => [tool],
          () => [],
        ),
    ),
  );
  const tools = here.flat();
  const versions = await toolVersions(tools, commands);
  t.deepEqual(Object.keys(versions).sort(), [...tools].sort());
  for (const tool of tools) t.regex(versions[tool] ?? '', /^\d+(?:\.\d[\w.+~-]*)?$/, tool);
  t.true(tools.includes('tar'));
});

test('agrees with the package manager about a version', async (t) => {
  const { stdout } = await commands.run({
    tool: 'dpkg-query',
    args: ['--show', '--showformat', '${source:Upstream-Version}', 'e2fsprogs'],
  });
  t.is((await toolVersions(['mke2fs'], commands))['mke2fs'], stdout);
});

test('every tool with a version is one that some build runs: what nobody asks for is never told', (t) => {
  const fileSystems = ['ext4', 'squashfs', 'erofs'] as const;
  const required = (['apt', 'dnf'] as const).flatMap((type) =>
    fileSystems.flatMap((fileSystem) =>
      requirementsOf({
        ...{ arch: 'amd64', firmware: ['uefi'], outputs: ['qcow2'], scripts: [] },
        ...{ base: { type }, root: { fileSystem, verity: true } },
      }).tools.map(({ tool }) => tool),
    ),
  );
  t.deepEqual(
    VERSIONED_TOOLS.filter((tool) => !required.includes(tool)),
    [],
  );
});

test('says which tool is missing', async (t) => {
  const none = { run: async () => await commands.run({ tool: 'no-such-tool', args: [] }) };
  await t.throwsAsync(toolVersions(['sgdisk'], none), { message: /no-such-tool is not installed/ });
});

const parses = test.macro({
  exec: (t, output: string, version: string | undefined) => {
    t.is(parseToolVersion(output), version);
  },
  title: (_, output: string) => `reads "${output.split('\n')[0] ?? ''}"`,
});

test(parses, 'GPT fdisk (sgdisk) version 1.0.9\n', '1.0.9');
test(parses, 'mke2fs 1.47.0 (5-Feb-2023)\n\tUsing EXT2FS Library version 1.47.0', '1.47.0');
test(parses, 'mkfs.fat 4.2 (2021-01-31)\n', '4.2');
test(parses, 'xz (XZ Utils) 5.4.1\nliblzma 5.4.1', '5.4.1');
test(parses, 'kmod version 30\n+ZSTD', '30');
test(parses, 'mcopy (GNU mtools) 4.0.32\nconfigured with', '4.0.32');
test(parses, 'grub-mkimage (GRUB) 2.06-13+deb12u2\n', '2.06-13+deb12u2');
test(parses, 'veritysetup 2.6.1 flags: UDEV BLKID KEYRING KERNEL_CAPI \n', '2.6.1');
test(parses, 'qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\n', '7.2.22');
test(parses, 'mksquashfs version 4.5.1 (2022/03/17)\n', '4.5.1');
test(parses, 'systemd 252 (252.38-1~deb12u1)\n', '252');
test(parses, '*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***\n', '1.5.4');
test(parses, "Debian 'dpkg-deb' package archive backend version 1.21.22 (amd64).\n", '1.21.22');
test(parses, 'apt 2.6.1 (amd64)\nSupported modules:\n', '2.6.1');
test(parses, '4.14.0\n  Installed: dnf-0:4.14.0', '4.14.0');
test(parses, 'usage: [options] FILE DIRECTORY\n', undefined);

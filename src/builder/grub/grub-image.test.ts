import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { grubImageCommand } from './grub-image.ts';
import { memdiskTar } from './memdisk-tar.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-grub-'));
const template = fileURLToPath(import.meta.resolve('#templates/grub.cfg'));

test("grub.cfg is a script that GRUB's parser accepts", async (t) => {
  await t.notThrowsAsync(commands.run({ tool: 'grub-script-check', args: [template] }));
});

test('the memory disk is a ustar archive of grub.cfg, with the given time', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'memdisk.tar');
  await writeFile(file, await memdiskTar('set x=1\n', 1_700_000_000));
  const list = ['--list', '--verbose', '--numeric-owner', '--full-time', '--file', file];
  const { stdout } = await commands.run({ tool: 'tar', args: list });
  t.is(stdout.trim(), '-rw-r--r-- 0/0               8 2023-11-14 22:13:20 boot/grub/grub.cfg');
  const extract = ['--extract', '--to-stdout', '--file', file];
  t.is((await commands.run({ tool: 'tar', args: extract })).stdout, 'set x=1\n');
});

test('each format gets its own modules, from its own directory', (t) => {
  const request = { memdisk: '/m.tar', output: '/out' };
  const args = (firmware: 'uefi' | 'bios', arch: 'amd64' | 'arm64') =>
    grubImageCommand({ ...request, firmware, arch }).args;
  t.true(args('bios', 'amd64').includes('--directory=/usr/lib/grub/i386-pc'));
  t.true(args('bios', 'amd64').includes('biosdisk'));
  t.true(args('uefi', 'amd64').includes('--format=x86_64-efi'));
  t.false(args('uefi', 'amd64').includes('biosdisk'));
  t.true(args('uefi', 'arm64').includes('--format=arm64-efi'));
});

test('the module of every command of grub.cfg goes in, because a missing command counts as success', async (t) => {
  const words = commandsOf(await readFile(template, 'utf8'));
  t.true(words.includes('hashsum'));
  for (const target of TARGETS) {
    const { args } = grubImageCommand({ ...target, memdisk: '', output: '' });
    for (const word of words) {
      const module = MODULE_OF[word];
      t.true(module !== undefined && args.includes(module), `${word} for ${target.arch}`);
    }
  }
});

const TARGETS = [
  { firmware: 'bios', arch: 'amd64' },
  { firmware: 'uefi', arch: 'amd64' },
  { firmware: 'uefi', arch: 'arm64' },
] as const;

/** The first words of the script's commands that are neither syntax nor its own functions. */
function commandsOf(script: string): string[] {
  const code = script.replaceAll(/^ *#.*$/gm, '');
  const first = code.matchAll(/(?:^|;) *(?:(?:if|then|else) )?(?:! )?([a-z_]+)/gm);
  const functions = code.matchAll(/^function (\w+)/gm);
  const known = new Set([...KEYWORDS, ...functions.map(([, name = '']) => name)]);
  return [...new Set(first.map(([, word = '']) => word))].filter((word) => !known.has(word));
}

const KEYWORDS = ['if', 'then', 'else', 'fi', 'function', 'return', 'set'];

/** Where command.lst of GRUB 2.06 says that a command lives, if not in the kernel or `normal`. */
const MODULE_OF: Readonly<Record<string, string>> = {
  boot: 'linux', // depends on `boot`
  echo: 'echo',
  hashsum: 'hashsum',
  initrd: 'linux',
  linux: 'linux',
  chainloader: 'chain',
  load_env: 'loadenv',
  loopback: 'loopback',
  probe: 'probe',
  reboot: 'reboot',
  regexp: 'regexp',
  save_env: 'loadenv',
  serial: 'serial',
  sleep: 'sleep',
  source: 'configfile',
  terminal_output: 'terminal',
};

test('no early configuration goes in: the rescue parser would run it', (t) => {
  const request = { arch: 'amd64', memdisk: '/m.tar', output: '/out' } as const;
  for (const firmware of ['uefi', 'bios'] as const) {
    const { args } = grubImageCommand({ ...request, firmware });
    t.false(args.some((argument) => /^(?:-c|--config)/.test(argument)));
    t.true(args.includes('--prefix=(memdisk)/boot/grub'));
  }
});

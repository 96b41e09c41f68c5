import { existsSync } from 'node:fs';
import test from 'ava';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { bootFiles, readBootPackages } from './read-boot-packages.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const request = { arch: 'amd64', firmware: ['uefi', 'bios'] } as const;

test('on this host GRUB is of the packages that its own package manager names', async (t) => {
  const found = await readBootPackages(request, commands);
  if (!existsSync('/var/lib/dpkg/status')) {
    t.pass('a host without dpkg');
    return;
  }
  const args = ['--search', ...bootFiles(request)];
  const { stdout: owners } = await commands.run({ tool: 'dpkg-query', args });
  for (const { name, version, source } of found?.packages ?? []) {
    t.true(owners.includes(`${name}:`), name);
    t.regex(version, /^\d/);
    t.is(source.name, 'grub2');
  }
  t.is(found?.packages.length, 2);
});

const answering = (answer: (command: Command) => string): Commands => ({
  run: async (command) => ({ stdout: answer(command), stderr: '', exitCode: 0 }),
});

test('where both kinds of firmware are of one RPM, it is named once', async (t) => {
  const line = 'grub2-modules\t1\t2.12\t1\tnoarch\tgrub2-2.12-1.src.rpm\tGPL-3.0\n';
  const found = await readBootPackages(
    request,
    answering(({ tool }) => {
      if (tool === 'rpm') return line;
      throw new KubeosError('HOST_NOT_READY', `${tool} is not installed`);
    }),
  );
  t.like(found?.packages, [{ type: 'rpm', name: 'grub2-modules', version: '1:2.12-1' }]);
  t.is(found?.packages.length, 1);
});

test('a host that does not know says nothing', async (t) => {
  const unknowing = answering(() => {
    throw new KubeosError('COMMAND_FAILED', 'no package has it');
  });
  t.is(await readBootPackages(request, unknowing), undefined);
});

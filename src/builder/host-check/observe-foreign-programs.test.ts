import test from 'ava';
import { isForeign } from '../../host/foreign-programs.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { foreignRemedy, observeForeignPrograms } from './observe-foreign-programs.ts';
import { requirementsOf } from './required-tools.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const install = ({ deb }: { readonly deb: string }): string => `apt-get install ${deb}`;

test("the probe runs where it should: on this host's own processor", async (t) => {
  const own = isForeign('amd64') ? 'arm64' : 'amd64';
  const fact = await observeForeignPrograms(own, commands);
  t.like(fact, { subject: `${own} programs`, found: 'run', remedy: null });
});

test('where programs do not run, what to install is said, and what builds without them', (t) => {
  const remedy = foreignRemedy({ arch: 'arm64', hasBinfmt: true }, install);
  t.regex(remedy, /apt-get install qemu-user-static binfmt-support/);
  t.regex(remedy, /build on an arm64 host, or from a base of type oci, tar or directory/);
});

test('a kernel that cannot is named as the reason', (t) => {
  const remedy = foreignRemedy({ arch: 'arm64', hasBinfmt: false }, install);
  t.regex(remedy, /kernel cannot: it has no binfmt_misc/);
  t.regex(remedy, /build on an arm64 host/);
});

test('only package bases and scripts need programs of the image', (t) => {
  const root = { fileSystem: 'ext4', verity: true } as const;
  const programsOf = (type: 'apt' | 'dnf' | 'tar', scripts: readonly unknown[] = []) =>
    requirementsOf({
      ...{ arch: 'arm64', firmware: ['uefi'], outputs: ['raw'], root },
      ...{ base: { type }, scripts },
    }).programsOf;
  t.is(programsOf('apt'), 'arm64');
  t.is(programsOf('dnf'), 'arm64');
  t.is(programsOf('tar'), null);
  t.is(programsOf('tar', ['any']), 'arm64');
});

import { chmod, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import test from 'ava';
import { partitionOf } from '../../src/disk/layout.ts';
import { commands, LAYOUT, ROOT } from '../boot/testbed.ts';
import { asUnprivilegedUser } from './unprivileged-user.ts';

const EPOCH = '1767225600';
const OUTPUTS = ['raw', 'qcow2', 'vmdk', 'vhd', 'pxe', 'oci'];

test('two builds in different folders, at different times, by different users with other masks give the same bytes', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-same-');
  await chmod(directory.path, 0o755);
  const first = path.join(directory.path, 'first');
  await build(first);
  await sleep(2000);
  const user = await asUnprivilegedUser(directory.path);
  const second = path.join(user.home, 'a folder with spaces');
  const strict = ['-c', 'umask 077; exec "$@"', 'sh'] as const;
  await build(second, (tool, args) => user.wrap('sh', [...strict, tool, ...args]));
  const sums = await readFile(path.join(first, 'SHA256SUMS'), 'utf8');
  t.is(await readFile(path.join(second, 'SHA256SUMS'), 'utf8'), sums);
  for (const name of ['disk.raw', 'disk.qcow2', 'disk.vmdk', 'disk.vhd', 'pxe/root.img.cpio']) {
    t.regex(sums, new RegExp(`  ${name.replaceAll('.', '\\.')}$`, 'm'));
  }
  await disksAgree(path.join(first, 'disk.raw'), (message) => t.fail(message));
  t.deepEqual(
    (await readdir(second)).filter((name) => name.startsWith('.kubeos-work')),
    [],
  );
});

type Wrap = (tool: string, args: readonly string[]) => readonly string[];

async function build(out: string, wrap: Wrap = (tool, args) => [tool, ...args]): Promise<void> {
  await mkdir(path.dirname(out), { recursive: true });
  const [tool = '', ...args] = wrap(process.execPath, [
    path.join(ROOT, 'bin/kubeos.ts'),
    ...['build', path.join(ROOT, 'fixtures/images/testbed/kubeos.yaml'), '--quiet'],
    ...['--set', `outputs=[${OUTPUTS.join(', ')}]`, '--out', out],
    // A cache of its own, so that the root file system is really made twice.
    ...['--cache-directory', `${out}.cache`],
  ]);
  await commands.run({ tool, args, environment: { SOURCE_DATE_EPOCH: EPOCH } });
}

/** The tools that others use on such a disk find nothing to complain about. */
async function disksAgree(disk: string, fail: (message: string) => void): Promise<void> {
  const sgdisk = await commands.run({ tool: 'sgdisk', args: ['--verify', disk] });
  if (!sgdisk.stdout.includes('No problems found')) fail(sgdisk.stdout);
  const sfdisk = await commands.run({ tool: 'sfdisk', args: ['--verify', disk] });
  if (!sfdisk.stdout.includes('No errors detected')) fail(sfdisk.stdout);
  for (const role of ['root-a', 'persist'] as const) {
    const { startBytes } = partitionOf(LAYOUT, role);
    await commands.run({ tool: 'e2fsck', args: ['-fn', `${disk}?offset=${startBytes}`] });
  }
  const boot = partitionOf(LAYOUT, 'boot');
  const carved = `${disk}.boot`;
  const bytes = await readFile(disk);
  await writeFile(carved, bytes.subarray(boot.startBytes, boot.startBytes + boot.sizeBytes));
  await commands.run({ tool: 'fsck.vfat', args: ['-n', carved] });
}

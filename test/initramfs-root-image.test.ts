import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

/**
 * Waits for the root partition while disks appear; each element is what there is at one look.
 *
 * @returns the partitions that were found
 */
async function found(looks: readonly string[], shell: readonly string[]): Promise<string> {
  const text = `
    root_uuid=x time=0 rest=$1
    load_hardware_modules() { there=\${rest%%;*} rest=\${rest#*;}; }
    uptime_seconds() { now=$((time / 5)); }
    sleep() { time=$((time + 1)); }
    block_devices() { echo "$there"; }
    blkid() { for disk in $there; do case $disk in copy*) echo "$disk" ;; esac; done; }
    wait_for_partition
    echo $root_devices`;
  return (
    await runFunctions({ shell, sources: ['root-image'], text, args: [looks.join(';')] })
  ).trim();
}

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`a disk that comes right behind its copy is found, too (${name})`, async (t) => {
    t.is(await found(['', 'other', 'other copy1', 'other copy1 copy2'], shell), 'copy1 copy2');
    t.is(await found(['copy1', 'copy1 copy2', 'copy1 copy2 copy3'], shell), 'copy1 copy2 copy3');
  });

  test(`a disk that comes late is waited for, one that does not is named (${name})`, async (t) => {
    t.is(await found([...Array.from({ length: 100 }, () => 'other'), 'copy1'], shell), 'copy1');
    const changing = Array.from({ length: 400 }, (_, look) => `other${look} copy1`);
    t.is(await found(changing, shell), 'copy1');
    const none = found(['other'], shell);
    await t.throwsAsync(none, { message: /no partition x after 60 s; there are: other/ });
  });
}

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`an image that is to be verified is not mounted without its root hash (${name})`, async (t) => {
    const open = (verity: string) =>
      runFunctions({
        ...{ shell, sources: ['root-image'], args: [] },
        text: `
          PATH=/nowhere root_device=/dev/x newroot=/sysroot root_type=auto verity_hash= slot=A
          blockdev() { :; }
          mount() { echo "mount $*"; }
          ${verity}
          open_root_image`,
      });
    t.regex(await open(''), /^mount -t auto -o ro \/dev\/x \/sysroot\n/);
    t.regex(
      await open("veritysetup() { echo opened; }; verity_hash='ab' verity_offset=1"),
      /^opened\nmount -t auto -o ro \/dev\/mapper\/kubeos-root/,
    );
    const refused = open('veritysetup() { echo opened; }');
    await t.throwsAsync(refused, { message: /fail: the root image is to be verified/ });
  });
}

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`a network boot leaves its boot files for an installation, and starts without them too (${name})`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-network-'));
    const image = path.join(directory.path, 'root.img');
    await writeFile(image, '');
    const find = (cp: string) =>
      runFunctions({
        ...{ shell, sources: ['root-image'], args: [image] },
        text: `
          root_file=$1
          modprobe() { :; }
          losetup() { echo /dev/loop0; }
          mkdir() { :; }
          cp() { echo "cp $*"; ${cp}; }
          find_root_image
          echo "root is $root_device on disk '$root_disk'"`,
      });
    const copied = 'cp /boot.cfg /boot.sum /run/kubeos/release/\n';
    const root = "root is /dev/loop0 on disk ''\n";
    t.is(await find('true'), copied + root);
    const without = await find('false');
    t.true(without.startsWith(`${copied}warn: the network boot brought no boot files`));
    t.true(without.endsWith(root));
  });
}

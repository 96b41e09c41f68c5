import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

const TYPE = '4d21b016-b534-45c2-a9fb-5c16e091fd2d';

interface Found {
  readonly type?: string;
  readonly fileSystem?: string;
  readonly label?: string;
}

/** What the initramfs does with a partition 4 of which blkid says this. */
async function attach(found: Found, shell: readonly string[]): Promise<string> {
  const { type = TYPE, fileSystem = '', label = '' } = found;
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-attach-'));
  const lines = [
    'DEVNAME=/dev/x4',
    `PART_ENTRY_TYPE=${type}`,
    ...(fileSystem === '' ? [] : [`TYPE=${fileSystem}`]),
    ...(label === '' ? [] : [`LABEL=${label}`]),
  ];
  const text = `
    newroot=$1 root_disk=/dev/x root_file= has_double= persist_found=$1/found blkid_says=$2
    mkdir "$1/persist"
    partition_of() { echo /dev/x4; }
    blkid() { echo "$blkid_says"; }
    for name in grow_table check_and_mount_persist mount_persist_in_memory mount_persist_read_only; do
      eval "$name() { echo \\"$name \\$*\\"; }"
    done
    attach_persist`;
  const args = [directory.path, lines.join('\n')];
  return (await runFunctions({ shell, sources: ['persist'], text, args })).trim();
}

const USED = 'grow_table \ncheck_and_mount_persist';
const LEFT = 'mount_persist_in_memory partition-4-is-not-persist';

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`PERSIST is grown, checked and mounted, also where its file system is damaged (${name})`, async (t) => {
    t.is(await attach({ fileSystem: 'ext4', label: 'PERSIST' }, shell), USED);
    t.is(await attach({}, shell), USED);
  });

  test(`what else is in its place is left alone and named (${name})`, async (t) => {
    for (const [found, words] of [
      [{ type: '0fc63daf-8483-4772-8e79-3d69d8477de4', fileSystem: 'ext4', label: 'PERSIST' }, ''],
      [{ fileSystem: 'ext4', label: 'DATA' }, 'with ext4 DATA'],
      [{ fileSystem: 'ext4' }, 'with ext4 without label'],
      [{ fileSystem: 'crypto_LUKS' }, 'with crypto_LUKS without label'],
      [{ type: '' }, 'type unknown with no file system'],
    ] as const) {
      const said = await attach(found, shell);
      t.true(said.endsWith(`\n${LEFT}`), said);
      t.true(said.startsWith('warn: /dev/x4 is not PERSIST, but ') && said.includes(words), said);
    }
  });
}

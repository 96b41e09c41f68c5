import test from 'ava';
import { diskShapeSchema } from '../../disk/disk-shape.ts';
import { definitionSchema } from '../definition/schema.ts';
import type { ObservedTree } from './observe-tree.ts';
import { planTree, type LoadedFiles } from './plan-tree.ts';
import type { TreeEntry } from './tree-entry.ts';

const observed: ObservedTree = {
  accounts: {
    passwd: 'root:x:0:0:root:/root:/bin/bash\n',
    shadow: 'root:*::0:99999:7:::\n',
    group: 'root:x:0:\n',
    gshadow: 'root:*::\n',
  },
  osRelease: 'ID=debian\nVERSION_ID="13"\nIMAGE_ID=old\n',
  units: new Set(),
  kernels: [{ version: '6.12', path: '/boot/vmlinuz-6.12' }],
  hasSshKeygen: true,
};
const loaded: LoadedFiles = {
  sources: new Map(),
  trust: { policy: {}, repositoryRoot: null },
  agent: null,
  grub: {
    uefi: { version: 'uefi-0123456789abcdef', image: Buffer.from('an EFI program') },
    bios: null,
  },
};

function plan(written: object, files: Partial<LoadedFiles> = {}): ReadonlyMap<string, TreeEntry> {
  const definition = definitionSchema.parse({
    ...{ name: 'node', version: '1.2.3', base: { type: 'tar', path: 'root.tar' } },
    ...written,
  });
  const entries = planTree(definition, observed, { ...loaded, ...files });
  return new Map(entries.map((entry) => [entry.path, entry]));
}

const textAt = (entries: ReadonlyMap<string, TreeEntry>, path: string): string => {
  const entry = entries.get(path);
  return entry?.kind === 'file' ? Buffer.from(entry.content).toString() : '';
};

test('os-release keeps the base’s identity for scanners, and names the image', (t) => {
  const text = textAt(plan({}), '/usr/lib/os-release');
  t.regex(text, /^ID=debian$/m);
  t.regex(text, /^VERSION_ID="13"$/m);
  t.regex(text, /^IMAGE_ID=node$/m);
  t.regex(text, /^IMAGE_VERSION="1\.2\.3"$/m);
  t.notRegex(text, /IMAGE_ID=old/);
});

test('the initramfs is told what of /etc lasts and which directories do', (t) => {
  const named = plan({ etc: { named: ['mine/*.conf'] }, persist: ['/opt/data'] });
  t.is(textAt(named, '/usr/lib/kubeos/etc-mode'), 'named\n');
  t.regex(textAt(named, '/usr/lib/kubeos/etc-items'), /^mine\/\*\.conf$/m);
  t.regex(textAt(named, '/usr/lib/kubeos/etc-items'), /^machine-id$/m);
  t.is(textAt(named, '/usr/lib/kubeos/persist-directories'), '/opt/data\n');
  t.is(textAt(plan({ etc: 'mutable' }), '/usr/lib/kubeos/etc-mode'), 'mutable\n');
});

test('GRUB is in the image, for BIOS too where the definition asks for that', (t) => {
  const place = '/usr/lib/kubeos/boot';
  const below = (entries: ReadonlyMap<string, TreeEntry>): string[] =>
    [...entries.keys()].filter((path) => path.startsWith(`${place}/`)).toSorted();
  t.deepEqual(below(plan({})), [`${place}/grub-uefi.img`, `${place}/grub.json`]);
  t.is(textAt(plan({}), `${place}/grub-uefi.img`), 'an EFI program');
  const bios = {
    ...{ version: 'bios-fedcba9876543210', core: Buffer.from('core') },
    bootSector: Buffer.from('boot'),
  };
  const both = plan({}, { grub: { ...loaded.grub, bios } });
  const versions = { uefi: 'uefi-0123456789abcdef', bios: 'bios-fedcba9876543210' };
  t.deepEqual(JSON.parse(textAt(both, `${place}/grub.json`)), versions);
  t.is(textAt(both, `${place}/grub-bios.img`), 'core');
  t.is(textAt(both, `${place}/boot-sector.img`), 'boot');
});

test('the journal lasts, so that a trial that failed can say why', (t) => {
  t.is(plan({}).get('/var/log/journal')?.kind, 'directory');
});

test('homes last where the definition makes any', (t) => {
  const entries = plan({ users: [{ name: 'ada', passwordHash: '!' }] });
  t.is(textAt(entries, '/usr/lib/kubeos/persist-directories'), '/home\n');
});

test('sysctl and modules become files of /usr, sorted, and none without them', (t) => {
  const entries = plan({
    sysctl: { 'vm.b': 2, 'net.a': '1' },
    modules: ['overlay', 'br_netfilter'],
  });
  t.is(textAt(entries, '/usr/lib/sysctl.d/60-kubeos.conf'), 'net.a = 1\nvm.b = 2\n');
  t.is(textAt(entries, '/usr/lib/modules-load.d/kubeos.conf'), 'overlay\nbr_netfilter\n');
  t.false(plan({}).has('/usr/lib/sysctl.d/60-kubeos.conf'));
});

test('no image carries a machine id or an SSH host key', (t) => {
  const entries = plan({});
  t.is(textAt(entries, '/etc/machine-id'), '');
  t.true(entries.has('/usr/lib/systemd/system/kubeos-ssh-host-keys.service'));
  t.false([...entries.keys()].some((path) => path.includes('ssh_host_ed25519')));
});

test('the agent and its unit are put in place only when there is one', (t) => {
  t.false(plan({}).has('/usr/bin/kubeos-agent'));
  const units = new Map([['kubeos-agent.service', '[Unit]']]);
  const agent = { program: Buffer.from('program'), units, mke2fsConfiguration: '[defaults]' };
  const entries = plan({ partitions: { root: '1GiB' } }, { agent });
  const shape: unknown = JSON.parse(textAt(entries, '/usr/lib/kubeos/disk.json'));
  t.like(diskShapeSchema.parse(shape), { arch: 'amd64', firmware: ['uefi'], root: 2 ** 30 });
  t.is(textAt(entries, '/usr/lib/kubeos/mke2fs.conf'), '[defaults]');
  t.like(entries.get('/usr/bin/kubeos-agent'), { kind: 'file', mode: 0o755 });
  t.true(entries.has('/usr/lib/systemd/system/multi-user.target.wants/kubeos-agent.service'));
  t.regex(textAt(entries, '/usr/lib/tmpfiles.d/kubeos-agent.conf'), /^d \/run\/kubeos\/proxy 0750/);
});

test('the root of trust of a repository lies below /usr', (t) => {
  const repository = { url: 'https://images.example/', root: 'root.json' };
  const trust = { policy: {}, repositoryRoot: '{"signed":1}' };
  const entries = plan({ repository }, { trust });
  t.is(textAt(entries, '/usr/lib/kubeos/repositories/default/root.json'), '{"signed":1}');
  t.regex(
    textAt(entries, '/usr/lib/kubeos/repositories/default/repository.json'),
    /images\.example/,
  );
});

test('files get the owner and mode that is written, by name or by number', (t) => {
  const file = { path: '/usr/lib/x', content: 'x', owner: 'root:7', mode: '0600' };
  t.like(plan({ files: [file] }).get('/usr/lib/x'), { uid: 0, gid: 7, mode: 0o600 });
});

import test from 'ava';
import { parseSlotConfiguration } from '../../../src/disk/parse-slot-configuration.ts';
import { bootFile, served, standbyOf, tarNode } from './tar-node.ts';
import { program, ROOT } from './tar-of-root.ts';

const WITHOUT_AGENT = ROOT.filter(({ name }) => !name.endsWith('kubeos-agent'));
const OF_ARM = ROOT.map((member) =>
  member.name.endsWith('kubeos-agent') ? { ...member, content: program(183) } : member,
);
const WITHOUT_KERNEL = ROOT.filter(({ name }) => !name.includes('vmlinuz'));
const UNBOOTABLE = [
  ['without kernel', WITHOUT_KERNEL, /no single kernel/],
  [
    'with two initramfs',
    [
      ...ROOT.filter(({ name }) => !name.includes('initramfs')),
      { name: 'boot/initramfs-1.img' },
      { name: 'boot/initramfs-2.img' },
    ],
    /no single initramfs in \/boot: .*-1\.img, .*-2\.img/,
  ],
  [
    'whose kernel is a link out of /boot',
    [
      ...WITHOUT_KERNEL,
      { name: 'boot/vmlinuz', type: 'symlink', target: '../usr/lib/linux/vmlinuz' },
    ],
    /no single kernel in \/boot: none/,
  ],
  ['without the agent', WITHOUT_AGENT, /no \/usr\/bin\/kubeos-agent/],
  ['whose agent is not enabled', ROOT.filter(({ name }) => !name.includes('wants')), /enabled/],
  ['for another machine', OF_ARM, /no program for amd64/],
] as const;

for (const [title, members, message] of UNBOOTABLE) {
  test(`a root file system ${title} is refused`, async (t) => {
    await using node = await tarNode();
    const order = node.order(await served(node, [...members]));
    await t.throwsAsync(node.agent.prepareTar(order).done, { code: 'REFUSED', message });
    t.is((await standbyOf(node)).state, 'writing');
    t.is(parseSlotConfiguration(await bootFile(node, 'slot-B.cfg')), null);
  });
}

test('kernels with a version in their names are found, by a link or because there is one', async (t) => {
  await using node = await tarNode();
  const others = ROOT.filter(({ name }) => !/vmlinuz|initramfs/.test(name));
  const members = [
    ...others,
    { name: 'boot/vmlinuz-1', content: 'old' },
    { name: 'boot/vmlinuz-2', content: 'new' },
    { name: 'boot/vmlinuz', type: 'symlink', target: 'vmlinuz-2' } as const,
    { name: 'boot/initramfs-2.img', content: 'initramfs' },
    { name: 'boot/initramfs-2kdump.img', content: 'for a crash' },
  ];
  await node.agent.prepareTar(node.order(await served(node, members))).done;
  t.like(parseSlotConfiguration(await bootFile(node, 'slot-B.cfg')), {
    kernel: '/boot/vmlinuz-2',
    initramfs: '/boot/initramfs-2.img',
  });
});

for (const target of ['./vmlinuz-2', '/boot/vmlinuz-2', '../boot/vmlinuz-2']) {
  test(`a kernel is found by a link to ${target}`, async (t) => {
    await using node = await tarNode();
    const versions = ['1', '2'].map((version) => ({ name: `boot/vmlinuz-${version}` }));
    const link = { name: 'boot/vmlinuz', type: 'symlink', target } as const;
    const members = [...WITHOUT_KERNEL, ...versions, link];
    await node.agent.prepareTar(node.order(await served(node, members))).done;
    const configuration = parseSlotConfiguration(await bootFile(node, 'slot-B.cfg'));
    t.is(configuration?.kernel, '/boot/vmlinuz-2');
  });
}

test('what is there to rescue a system is not taken for its kernel', async (t) => {
  await using node = await tarNode();
  const names = ['vmlinuz-0-rescue-5f0a', 'vmlinuz-6.6', 'initramfs-0-rescue-5f0a.img'];
  const members = [...WITHOUT_KERNEL, ...names.map((name) => ({ name: `boot/${name}` }))];
  await node.agent.prepareTar(node.order(await served(node, members))).done;
  const configuration = parseSlotConfiguration(await bootFile(node, 'slot-B.cfg'));
  t.is(configuration?.kernel, '/boot/vmlinuz-6.6');
});

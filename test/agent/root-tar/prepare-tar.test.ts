import { open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {
  parseSlotConfiguration,
  parseSlotSums,
} from '../../../src/disk/parse-slot-configuration.ts';
import { MIB } from '../../../src/disk/layout.ts';
import { makeCertificates } from '../../release/fetch/certificates.ts';
import { serveFiles } from '../../release/fetch/origin.ts';
import { bootFile, tarNode, type TarNode } from './tar-node.ts';
import { assertClean, program, ROOT, rootTar, checksumOf } from './tar-of-root.ts';

/** A tar that the node's server has, as it is ordered over plain http. */
async function served(node: TarNode, members = ROOT) {
  const { file, checksum } = await rootTar(node.directory, members);
  await writeFile(path.join(node.directory, 'served/kubeos.tar'), await readFile(file));
  return { imageurl: `${node.origin.url}kubeos.tar`, checksum, flagSafe: true };
}

const standbyOf = async ({ agent }: TarNode) => (await agent.status()).slots.B;

test('a tar over https with a client certificate becomes a slot that can be activated', async (t) => {
  const tls = async (directory: string) => {
    const { ca, server, client } = await makeCertificates(directory);
    await writeFile(path.join(directory, 'certs/ca.crt'), ca);
    await writeFile(path.join(directory, 'certs/node.crt'), client.cert);
    await writeFile(path.join(directory, 'certs/node.key'), client.key);
    return { ...server, ca, requestCert: true, rejectUnauthorized: true };
  };
  await using node = await tarNode({ tls });
  const { imageurl, checksum } = await served(node);
  const secured = { imageurl, checksum: checksum.toUpperCase(), cacert: 'ca.crt' };
  const without = node.agent.prepareTar(node.order(secured));
  await t.throwsAsync(without.done, { code: 'NETWORK' });
  const certificates = { mtls: true, clientcert: 'node.crt', clientkey: 'node.key' };
  const order = node.order({ ...secured, ...certificates });
  const report = await node.agent.prepareTar(order).done;
  t.is(report?.how, 'whole');
  const image = await readFile(node.devices.root.B);
  await assertClean(node.devices.root.B);
  const digest = `sha256:${checksum}`;
  const configuration = parseSlotConfiguration(await bootFile(node, 'slot-B.cfg'));
  t.like(configuration, {
    ...{ release: digest, version: 'KubeOS v2', epoch: 7, securityFloor: 0, verity: null },
    ...{ kernel: '/boot/vmlinuz', initramfs: '/boot/initramfs.img', unsigned: true },
    kernelArguments: ['rootfstype=ext4', 'console=ttyS0', 'quiet'],
  });
  const sums = parseSlotSums(await bootFile(node, 'slot-B.sum'));
  t.deepEqual(
    sums.map(({ path: place }) => place),
    ['/boot/vmlinuz', '/boot/initramfs.img'],
  );
  const { release, state } = await standbyOf(node);
  t.is(state, 'written');
  t.deepEqual(release?.image, configuration?.image);
  t.true((release?.image?.size ?? 0) <= image.length);
  t.is(await node.agent.prepareTar(order).done, null, 'it is there already');
  await node.agent.activate(digest).done;
  t.like(await node.agent.status(), { next: { slot: 'B', isTrial: true } });
});

test('once committed it is rolled back to, while it is what it was', async (t) => {
  await using node = await tarNode();
  const order = node.order(await served(node));
  const digest = `sha256:${order.checksum}`;
  await node.agent.prepareTar(order).done;
  await node.agent.activate(digest).done;
  const onTrial = await node.boot('B');
  t.is((await onTrial.status()).slots.B.state, 'trial');
  t.like((await onTrial.status()).slots.B.release, {
    digest,
    version: 'KubeOS v2',
    unsigned: true,
  });
  await onTrial.commit().done;
  const before = await node.boot('A');
  t.is(await before.prepareTar(order).done, null, 'it is good, and still there');
  await before.rollBack().done;
  t.like(await before.status(), { next: { slot: 'B', isTrial: false } });
  await using standby = await open(node.devices.root.B, 'r+');
  await standby.write('damage', 3 * 4096);
  await t.throwsAsync(before.rollBack().done, { code: 'REFUSED', message: /is damaged/ });
});

test('one that failed here is not tried again by itself', async (t) => {
  await using node = await tarNode();
  const order = node.order(await served(node));
  await node.agent.prepareTar(order).done;
  await node.agent.activate(`sha256:${order.checksum}`).done;
  const onTrial = await node.boot('B');
  await onTrial.refuseTrial({ code: 'UNHEALTHY', message: 'kubelet does not answer' }).done;
  const after = await node.boot('A');
  t.is((await after.status()).slots.B.state, 'bad');
  const again = { code: 'REFUSED', message: /failed on this node before: kubelet/ };
  await t.throwsAsync(after.prepareTar(order).done, again);
  await after.prepareTar({ ...order, allowFailed: true }).done;
  t.is((await after.status()).slots.B.state, 'written');
});

test('a node whose image does not allow it takes nothing that nobody signed', async (t) => {
  await using node = await tarNode({ allowUnsigned: false });
  const order = node.order(await served(node));
  const refused = { code: 'REFUSED', message: /nobody signed/ };
  await t.throwsAsync(node.agent.prepareTar(order).done, refused);
  await writeFile(path.join(node.directory, 'trust.json'), '{"allowUnsigned": true, "more": 1}');
  await t.throwsAsync(node.agent.prepareTar(order).done, refused);
  await rm(path.join(node.directory, 'trust.json'));
  await t.throwsAsync(node.agent.prepareTar(order).done, refused);
  t.is((await standbyOf(node)).state, 'empty');
  t.deepEqual(node.origin.requests, []);
});

test('what was fetched with a wrong checksum boots nowhere, and the right one begins again', async (t) => {
  await using node = await tarNode();
  const right = await served(node);
  const wrong = node.order({ ...right, checksum: 'b'.repeat(64) });
  await t.throwsAsync(node.agent.prepareTar(wrong).done, { code: 'RELEASE_INVALID' });
  t.is((await standbyOf(node)).state, 'writing');
  t.is(parseSlotConfiguration(await bootFile(node, 'slot-B.cfg')), null);
  const activated = node.agent.activate(`sha256:${'b'.repeat(64)}`);
  await t.throwsAsync(activated.done, { code: 'REFUSED' });
  await t.throwsAsync(node.agent.rollBack().done, { code: 'REFUSED' });
  await node.agent.prepareTar(node.order(right)).done;
  t.is((await standbyOf(node)).state, 'written');
});

const WITHOUT_AGENT = ROOT.filter(({ name }) => !name.endsWith('kubeos-agent'));
const OF_ARM = ROOT.map((member) =>
  member.name.endsWith('kubeos-agent') ? { ...member, content: program(183) } : member,
);
const UNBOOTABLE = [
  ['without kernel', ROOT.filter(({ name }) => !name.includes('vmlinuz')), /no single kernel/],
  [
    'with two initramfs',
    [
      ...ROOT.filter(({ name }) => !name.includes('initramfs')),
      { name: 'boot/initramfs-1.img' },
      { name: 'boot/initramfs-2.img' },
    ],
    /no single initramfs in \/boot: .*-1\.img, .*-2\.img/,
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

test('what is longer than the partition is refused before a byte is written or fetched', async (t) => {
  await using node = await tarNode({ rootBytes: MIB });
  const order = node.order(await served(node, [...ROOT, { name: 'x', content: 'x'.repeat(MIB) }]));
  const refused = { code: 'REFUSED', message: /root partition 1048576/ };
  await t.throwsAsync(node.agent.prepareTar(order).done, refused);
  t.is((await standbyOf(node)).state, 'empty');
  t.is(node.origin.requests.length, 1);
});

test('a server that does not say a length, or has none, is named', async (t) => {
  const handler =
    (directory: string) =>
    async (...[request, response]: Parameters<ReturnType<typeof serveFiles>>) => {
      if (request.url === '/gone') await serveFiles(directory)(request, response);
      else response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('some bytes');
    };
  await using node = await tarNode({ handler });
  const order = await served(node);
  const unsaid = node.agent.prepareTar(node.order(order)).done;
  await t.throwsAsync(unsaid, { code: 'NETWORK', message: /does not say how long/ });
  const gone = node.order({ ...order, imageurl: `${node.origin.url}gone` });
  await t.throwsAsync(node.agent.prepareTar(gone).done, { code: 'NETWORK', message: /404/ });
  t.is((await standbyOf(node)).state, 'empty');
});

test('a connection that breaks goes on where it was', async (t) => {
  let left = 2;
  const handler =
    (directory: string) =>
    async (...[request, response]: Parameters<ReturnType<typeof serveFiles>>) => {
      if (request.headers.range === undefined || left === 0)
        return await serveFiles(directory)(request, response);
      left -= 1;
      response.destroy();
    };
  const breaking =
    (directory: string) =>
    async (...[request, response]: Parameters<ReturnType<typeof serveFiles>>) => {
      const bytes = await readFile(path.join(directory, 'kubeos.tar'));
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (start > 0) return await handler(directory)(request, response);
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 2 * MIB), () => setTimeout(() => response.destroy(), 50));
    };
  await using node = await tarNode({ handler: breaking });
  const big = { name: 'big', content: 'x'.repeat(4 * MIB) };
  await node.agent.prepareTar(node.order(await served(node, [...ROOT, big]))).done;
  await assertClean(node.devices.root.B);
  t.is(left, 0);
});

test('certificates come from the one folder only, and not by links', async (t) => {
  await using node = await tarNode();
  const asked = { ...(await served(node)), imageurl: 'https://localhost:1/kubeos.tar' };
  for (const name of ['../trust.json', '/etc/passwd', '.hidden', '..', 'a/b', 'a\0b', 'ä']) {
    t.throws(() => node.order({ ...asked, cacert: name }), { message: /without \\"\/\\"/ }, name);
  }
  const certs = path.join(node.directory, 'certs');
  await symlink('/etc/passwd', path.join(certs, 'link.pem'));
  const refused = async (name: string, message: RegExp): Promise<void> => {
    const order = node.order({ ...asked, cacert: name });
    await t.throwsAsync(node.agent.prepareTar(order).done, { code: 'REFUSED', message });
  };
  await refused('link.pem', /ELOOP/);
  await refused('missing.pem', /ENOENT/);
  await using long = await open(path.join(certs, 'long.pem'), 'w');
  await long.truncate(2 ** 20);
  await refused('long.pem', /longer than/);
  await rm(certs, { recursive: true });
  await symlink('/etc', certs);
  await refused('passwd', /by a link/);
  t.is((await standbyOf(node)).state, 'empty');
});

test('orders that do not hold together are refused with what to do', async (t) => {
  await using node = await tarNode();
  const asked = { checksum: 'a'.repeat(64), imageurl: 'https://images.example/kubeos.tar' };
  const refused = (change: object, message: RegExp): void => {
    t.throws(() => node.order({ ...asked, ...change }), { message });
  };
  refused({ imageurl: 'http://images.example/kubeos.tar' }, /only with flagSafe/);
  refused({ imageurl: 'ftp://images.example/x' }, /begins with https/);
  refused({ imageurl: 'https://user:secret@images.example/x' }, /without user and password/);
  refused({ mtls: true, cacert: 'ca' }, /needs clientcert and clientkey too/);
  refused({ clientcert: 'c', clientkey: 'k' }, /for mtls: true/);
  refused(
    {
      flagSafe: true,
      mtls: true,
      imageurl: 'http://x/',
      cacert: 'a',
      clientcert: 'b',
      clientkey: 'c',
    },
    /with https/,
  );
  refused({ checksum: 'abc' }, /64 hexadecimal/);
  refused({ imagetype: 'docker', containerimage: 'x' }, /docker cp ID:\/os\.tar/);
  refused({ imagetype: 'containerd' }, /os\.tar/);
  refused({ version: "it's" }, /no quotes/);
  refused({ unknown: 1 }, /Unrecognized key/);
  t.notThrows(() =>
    node.order({ ...asked, cacert: '', clientcert: '', clientkey: '', containerimage: '' }),
  );
});

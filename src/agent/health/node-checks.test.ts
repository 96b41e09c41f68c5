import { once } from 'node:events';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { checkResultSchema } from './health-check.ts';
import { lookAround } from './node-checks.ts';
import { bad, HEAD, node, places, temporary, WELL } from './testing/check-scene.ts';

test('a node that runs, with scripts that pass, is well', async (t) => {
  await using dir = await temporary();
  const script = {
    'image/required.d/one': '#!/bin/sh\n',
    'image/wanted.d/two': '#!/bin/sh\nexit 0\n',
    'node/required.d/not-run': '#!/bin/sh\nexit 1\n',
  };
  const results = await lookAround(await places(dir.path, script), node(WELL));
  t.deepEqual(bad(results), []);
  t.deepEqual(
    results.map(({ name }) => name),
    ['systemd', 'persist', 'disk', 'clock', 'route', 'one', 'two'],
  );
});

test('what fails is named, with what it said, and with who is to blame', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path, {
    'image/required.d/disk': '#!/bin/sh\necho looking; echo no disk; exit 3\n',
    'image/required.d/no-program': '#!/no/interpreter\n',
    'image/wanted.d/nice': '#!/bin/sh\nexit 1\n',
  });
  const ill = node({
    'is-system-running': 'degraded\n',
    'list-units': 'a.service loaded failed failed A\nb.mount loaded failed failed B\n',
  });
  t.deepEqual(bad(await lookAround(where, ill)), [
    'systemd true release: degraded: a.service, b.mount',
    'disk true release: exit code 3: no disk',
    'no-program true release: exit code none (not started, or killed after 30 s): ',
    'nice false release: exit code 1: ',
  ]);
});

test('kubelet is asked where it is enabled', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path);
  const enabled = node({ ...WELL, 'is-enabled': 'enabled\n' });
  const [dead] = bad(await lookAround(where, enabled));
  t.regex(dead ?? '', /^kubelet true release: .*ECONNREFUSED/);
  await using server = createServer((_, response) => void response.end('ok'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const kubelet = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
  t.deepEqual(bad(await lookAround({ ...where, kubelet }, enabled)), []);
});

test('whatever is called or said, the agent takes the result', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path, {
    [`image/required.d/${'long'.repeat(50)}`]:
      '#!/bin/sh\nhead -c 60000 /dev/zero | tr "\\0" x; exit 1\n',
  });
  for (const result of await lookAround(where, node(WELL))) {
    t.true(checkResultSchema.safeParse(result).success, result.name);
  }
});

/** A node whose image says this of its health. */
const withPolicy = async (
  directory: string,
  policy: object,
  files: Readonly<Record<string, string>> = {},
) => await places(directory, { ...files, 'health.json': JSON.stringify(policy) });

test('of listed units each has to be well, and others may fail', async (t) => {
  await using dir = await temporary();
  const units = ['a.service', 'b.service', 'c.service', 'd.service', 'e.service', 'gone.service'];
  const where = await withPolicy(dir.path, { units });
  const show = [
    'active simple success yes 0',
    'activating simple exit-code yes 7',
    'inactive oneshot success yes 7',
    'inactive oneshot success yes 0',
    'inactive simple success no 0',
  ].map((line) => {
    const [active, type, result, condition, ended] = line.split(' ');
    return `LoadState=loaded\nActiveState=${active}\nType=${type}\nResult=${result}\nConditionResult=${condition}\nExecMainExitTimestampMonotonic=${ended}\n`;
  });
  const said = [...show, 'LoadState=not-found\nActiveState=inactive\n'].join('\n');
  const degraded = { ...WELL, 'is-system-running': 'degraded\n' };
  t.deepEqual(bad(await lookAround(where, node({ ...degraded, show: said }))), [
    'systemd true release: degraded: b.service activating, d.service inactive, gone.service not-found',
  ]);
  const one = await withPolicy(dir.path, { units: ['a.service'] });
  t.deepEqual(bad(await lookAround(one, node({ ...degraded, show: show[0] ?? '' }))), []);
  const starting = node({ 'is-system-running': 'starting\n', show: show[0] ?? '' });
  t.deepEqual(bad(await lookAround(one, starting)), ['systemd true release: starting']);
});

test('a default route is required where kubelet is, and who is to blame depends on what is plugged in', async (t) => {
  await using dir = await temporary();
  const lost = { 'proc/net/route': HEAD };
  const alone = node(WELL);
  const up = 'no default route; eth0 is up';
  t.deepEqual(bad(await lookAround(await places(dir.path, lost), alone)), [
    `route false release: ${up}`,
  ]);
  const enabled = node({ ...WELL, 'is-enabled': 'enabled\n' });
  const route = async (files: Readonly<Record<string, string>>) =>
    bad(await lookAround(await places(dir.path, files), enabled)).filter((line) =>
      line.startsWith('route'),
    );
  t.deepEqual(await route(lost), [`route true release: ${up}`]);
  t.deepEqual(await route({ ...lost, 'sys/class/net/eth0/carrier': '0\n' }), [
    'route true node: no default route; nothing is plugged in',
  ]);
  const zeros = '00000000000000000000000000000000';
  const ipv6 = (flags: string, name: string) =>
    `${zeros} 00 ${zeros} 00 fe800000000000000000000000000002 00000400 1 0 ${flags} ${name}\n`;
  t.deepEqual(await route({ ...lost, 'proc/net/ipv6_route': ipv6('00000003', 'eth0') }), []);
  t.is((await route({ ...lost, 'proc/net/ipv6_route': ipv6('00200200', 'lo') })).length, 1);
  await rm(path.join(dir.path, 'sys/class/net/eth0'), { recursive: true });
  const without = { ...(await places(dir.path, lost)), sys: path.join(dir.path, 'no-sys') };
  t.true(
    bad(await lookAround(without, enabled)).includes(
      'route true release: no default route; no network interface was found',
    ),
  );
});

test('the definition adds checks, and may make any advisory', async (t) => {
  await using dir = await temporary();
  await using server = createServer((request, response) => {
    response.writeHead(request.url === '/well' ? 204 : 503).end('not yet');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const policy = {
    advisory: ['runs-not'],
    checks: [
      { name: 'well', http: `${http}/well`, required: true },
      { name: 'ill', http: `${http}/ill`, required: true },
      { name: 'runs', command: ['/bin/sh', '-c', 'exit 0'], required: true },
      { name: 'fails', command: ['/bin/sh', '-c', 'echo why; exit 4'], required: false },
    ],
  };
  const script = { 'image/required.d/runs-not': '#!/bin/sh\nexit 3\n' };
  t.deepEqual(bad(await lookAround(await withPolicy(dir.path, policy, script), node(WELL))), [
    'ill true release: 503: not yet',
    'fails false release: exit code 4: why',
    'runs-not false release: exit code 3: ',
  ]);
});

test('each check is bounded in time', async (t) => {
  await using dir = await temporary();
  const slow = { 'image/required.d/slow': '#!/bin/sh\nsleep 600\n' };
  const found = await lookAround(await withPolicy(dir.path, { checkSeconds: 1 }, slow), node(WELL));
  t.deepEqual(bad(found), [
    'slow true release: exit code none (not started, or killed after 1 s): ',
  ]);
});

test("what a node's own scripts decide, its image says", async (t) => {
  await using dir = await temporary();
  const script = { 'node/required.d/own': '#!/bin/sh\nexit 1\n' };
  const look = async (nodeChecks: string) =>
    bad(await lookAround(await withPolicy(dir.path, { nodeChecks }, script), node(WELL)));
  t.deepEqual(await look('none'), []);
  t.deepEqual(await look('advisory'), ['own false release: exit code 1: ']);
  t.deepEqual(await look('required'), ['own true release: exit code 1: ']);
});

test('a wrong clock and a full PERSIST are told, and keep no release from a commit', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path);
  await utimes(where.buildTime, new Date(), new Date(Date.now() + 86_400_000));
  const told = bad(await lookAround({ ...where, persist: '/no/place' }, node(WELL)));
  t.is(told.length, 2);
  t.is(told[0], 'disk false node: /no/place cannot be looked at');
  t.regex(told[1] ?? '', /^clock false node: it is 20/);
});

test('where an initramfs says nothing of PERSIST, its mount does', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path, {
    'proc/self/mounts': `/dev/vda4 ${dir.path} ext4 rw 0 0\n`,
  });
  await rm(where.persistState);
  t.deepEqual(bad(await lookAround(where, node(WELL))), []);
  await writeFile(`${dir.path}/proc/self/mounts`, `/dev/vda4 ${dir.path} ext4 ro,noload 0 0\n`);
  t.deepEqual(bad(await lookAround(where, node(WELL))), [
    'persist true node: PERSIST is mounted read-only',
  ]);
  await writeFile(`${dir.path}/proc/self/mounts`, '');
  t.deepEqual(bad(await lookAround(where, node(WELL))), [
    'persist true release: PERSIST is not mounted',
  ]);
});

test('on a node that is not in order itself, no release is to blame', async (t) => {
  await using dir = await temporary();
  const where = await places(dir.path, { 'persist-state': 'read-only e2fsck-4\n' });
  const ill = node({ 'is-system-running': 'degraded\n', 'list-units': 'a.service failed\n' });
  t.deepEqual(bad(await lookAround(where, ill)), [
    'systemd true node: perhaps by persist: degraded: a.service',
    'persist true node: PERSIST is read-only e2fsck-4',
  ]);
});

test('a PERSIST that is damaged is the node’s fault, one that cannot be mounted may be the release’s', async (t) => {
  await using dir = await temporary();
  for (const [state, blames] of [
    ['read-only e2fsck-4', 'node'],
    ['memory e2fsck-12', 'node'],
    ['read-only two-disks-with-the-same-identifiers', 'node'],
    ['memory mount-failed', 'release'],
    ['read-only e2fsck-127', 'release'],
  ] as const) {
    const where = await places(dir.path, { 'persist-state': `${state}\n` });
    t.deepEqual(bad(await lookAround(where, node(WELL))), [
      `persist true ${blames}: PERSIST is ${state}`,
    ]);
  }
});

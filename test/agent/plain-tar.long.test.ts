import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { partitionOf } from '../../src/disk/layout.ts';
import { assertSound } from '../boot/disk-afterwards.ts';
import { readSlots } from '../boot/disk-surgery.ts';
import { bootGuest, LAYOUT, type Guest } from '../boot/testbed.ts';
import { originOf, serveFiles } from '../release/fetch/origin.ts';
import { makeAuthority, makeCertificate } from '../release/serve/certificates.ts';
import { agent, restart, startAgentScene, untilGood } from './agent-scene.ts';
import { packRoot } from './root-tar/pack-root.ts';

const NETWORK = { network: true };
const COMMITTED = { ok: true, tries: 0 };
const ALLOWED = ['allowUnsigned=true', 'etc.named=[KubeOS/certs]'];

async function putCertificate({ shell }: Guest, name: string, file: string): Promise<void> {
  const bytes = (await readFile(file)).toString('base64');
  const place = `/etc/KubeOS/certs/${name}`;
  await shell.run('mkdir -p /etc/KubeOS/certs');
  await shell.run(`echo ${bytes} | base64 -d > ${place} && chmod 600 ${place}`);
}

test('a plain tar over https with client certificates becomes a slot: tried, committed, left and come back to', async (t) => {
  await using scene = await startAgentScene();
  await scene.release('1.0.0', { set: ALLOWED });
  await scene.release('2.0.0', {
    set: [...ALLOWED, 'root.verity=false', 'sysctl.vm.swappiness=8'],
  });
  const served = path.join(scene.directory, 'served');
  const { startBytes: offset } = partitionOf(LAYOUT, 'root-a');
  const checksum = await packRoot({ disk: scene.disk('2.0.0'), offset }, served);
  const authority = makeAuthority(scene.directory, 'ca');
  const ours = makeCertificate(scene.directory, 'server', authority);
  const theirs = makeCertificate(scene.directory, 'node', authority);
  await using origin = await originOf(serveFiles(served), {
    ...{ cert: await readFile(ours.certificate), key: await readFile(ours.key) },
    ...{ ca: await readFile(authority.certificate), requestCert: true, rejectUnauthorized: true },
  });
  const disk = scene.disk('1.0.0');
  const isTar = new RegExp(`^slot B runs {2}KubeOS v2 {2}good {2}sha256:${checksum} {2}unsigned`);
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    await putCertificate(guest, 'ca.crt', authority.certificate);
    await putCertificate(guest, 'node.crt', theirs.certificate);
    await putCertificate(guest, 'node.key', theirs.key);
    const address = `https://10.0.2.2:${new URL(origin.url).port}/kubeos.tar`;
    const named = `--image-url ${address} --checksum ${checksum} --image-version 'KubeOS v2'`;
    const certificates = '--cacert ca.crt --mtls --clientcert node.crt --clientkey node.key';
    const started = performance.now();
    await agent(guest, `prepare ${named} ${certificates}`);
    t.log(`prepared in ${Math.round((performance.now() - started) / 1000)} s`);
    const memory =
      'grep VmHWM /proc/$(systemctl show --property MainPID --value kubeos-agent)/status';
    t.log(`peak memory of the daemon: ${(await guest.shell.run(memory)).output}`);
    await agent(guest, 'activate');
    await restart(guest);
  }
  t.deepEqual(await readSlots(disk), { order: 'B A', A: COMMITTED, B: { ok: false, tries: 3 } });
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    await agent(guest, 'status');
    await untilGood(guest);
    t.regex(await agent(guest, 'status'), isTar);
    t.is((await guest.shell.run('cat /proc/sys/vm/swappiness')).output, '8');
    t.is((await guest.shell.run('findmnt -no FSTYPE,OPTIONS / | cut -c1-7')).output, 'ext4 ro');
    const owner = 'stat -c %u:%g:%a /usr/lib/kubeos-test/odd-owner';
    t.is((await guest.shell.run(owner)).output, '4242:4343:751');
    await agent(guest, 'rollback');
    await restart(guest);
  }
  {
    await using guest = await bootGuest(disk, 'uefi', NETWORK);
    t.regex(await agent(guest, 'status'), /^slot A runs {2}1\.0\.0 {2}good/);
    await agent(guest, 'rollback');
    await restart(guest);
  }
  await using guest = await bootGuest(disk, 'uefi', NETWORK);
  t.regex(await agent(guest, 'status'), isTar);
  await guest.powerOff();
  await assertSound(disk);
  t.deepEqual(await readSlots(disk), { order: 'B A', A: COMMITTED, B: COMMITTED });
});

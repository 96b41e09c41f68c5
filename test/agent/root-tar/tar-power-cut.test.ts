import { hash } from 'node:crypto';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { prepareRootTar } from '../../../src/agent/root-tar/prepare-root-tar.ts';
import { rootTarOrderSchema } from '../../../src/agent/root-tar/root-tar-order.ts';
import { settleState } from '../../../src/agent/slots/save-state.ts';
import { crashStates } from '../../../src/agent/testing/crash-states.ts';
import { testRelease } from '../../../src/agent/testing/test-release.ts';
import type { DiskContent, DiskEvent } from '../../../src/agent/testing/disk-content.ts';
import { copyContent, freshContent, virtualDisk } from '../../../src/agent/testing/virtual-disk.ts';
import { activateSlot } from '../../../src/agent/upgrade/switch-slot.ts';
import { MIB } from '../../../src/disk/layout.ts';
import { decideSlot } from '../../../src/disk/grub-environment-decision.ts';
import { parseGrubEnvironment } from '../../../src/disk/grub-environment.ts';
import { slotEnvironmentOf } from '../../../src/disk/grub-environment-slots.ts';
import { parseSlotConfiguration } from '../../../src/disk/parse-slot-configuration.ts';
import { originOf } from '../../release/fetch/origin.ts';
import { fetcherAt } from './tar-node.ts';
import { ROOT, rootTar } from './tar-of-root.ts';

const CLOCK = { bootId: 'boot', now: () => new Date(1e12) };

/** Whether what GRUB would boot from slot B is whole; null where it would boot nothing of it. */
function isWhole(content: DiskContent): boolean | null {
  const configured = parseSlotConfiguration(content['configuration-B'].toString('latin1'));
  if (configured === null) return null;
  const { size, sha256 } = configured.image ?? { size: 0, sha256: '' };
  return hash('sha256', content['root-B'].subarray(0, size)) === sha256;
}

test('power is cut at any write of a plain tar and its activation: what can boot is whole', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-tar-cut-');
  const large = { name: 'large', content: 'x'.repeat(1.1 * MIB) };
  const { file, checksum } = await rootTar(dir.path, [...ROOT, large]);
  const bytes = await readFile(file);
  await using origin = await originOf((_, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  await using fetcher = await fetcherAt(path.join(dir.path, 'fetch.sock'));
  const trust = path.join(dir.path, 'trust.json');
  await writeFile(trust, '{"allowUnsigned": true}');
  const before = freshContent(testRelease('1.0.0', 1), 1.5 * MIB);
  const content = copyContent(before);
  const events: DiskEvent[] = [];
  const disk = virtualDisk(content, 'A', (event) => void events.push(event));
  const order = rootTarOrderSchema.parse({
    ...{ imagetype: 'disk', imageurl: `${origin.url}kubeos.tar`, checksum, version: '2' },
    flagSafe: true,
  });
  await prepareRootTar(order, {
    ...{ disk, clock: CLOCK, arch: 'amd64', signal: AbortSignal.timeout(60_000) },
    ...{ repositories: '/none', metadata: '/none', image: null, report: () => undefined },
    ...{ trust, certificates: '/none' },
    connectFetcher: fetcher.connect,
  });
  const prepared = events.length;
  await activateSlot({ disk, clock: CLOCK }, `sha256:${checksum}`);
  t.true(isWhole(content));
  let states = 0;
  for (const state of crashStates(before, events, { rounds: 1 })) {
    states += 1;
    const slots = slotEnvironmentOf(parseGrubEnvironment(state.content.environment).variables);
    const [first] = decideSlot(slots);
    const canBootB = first?.slot === 'B' || slots.B.ok || slots.B.tries > 0;
    const isSound = isWhole(state.content);
    if (canBootB) t.true(isSound, state.description);
    t.not(isSound, false, `as the last resort, ${state.description}`);
    if (state.events < prepared) t.is(first?.slot, 'A', state.description);
    const after = await settleState(virtualDisk(state.content, 'A'), CLOCK);
    const { state: has } = after.records.B;
    if (has === 'written' || has === 'trial') t.true(isSound, state.description);
    t.true(after.environment.A.ok, state.description);
  }
  t.log(`${states} disks`);
  t.true(states > 100);
});

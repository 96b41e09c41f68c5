import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { MIB, partitionOf, SECTOR } from '../../disk/layout.ts';
import { isZero } from '../../disk/write-at.ts';
import type { InstallPhase } from './install-release.ts';
import type { InstallPlan } from './plan-install.ts';
import {
  assertInstalled,
  chunksOf,
  commands,
  contentOf,
  IMAGE,
  install,
  isBootable,
  LEAST,
  makeDisk,
  planFor,
  temporary,
} from './testing/file-disk.ts';

const sized = test.macro(async (t, diskBytes: number) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, diskBytes);
  t.like(await contentOf(disk, diskBytes), { kind: 'data' });
  const plan = planFor(diskBytes);
  const phases = new Set<InstallPhase>();
  await install(disk, plan, { report: (phase) => phases.add(phase) });
  await assertInstalled(t, disk, plan);
  t.deepEqual(
    [...phases],
    ['clearing', 'persist', 'root', 'reading-back', 'boot', 'partition-table', 'done'],
  );
  const sector = (await readFile(disk)).subarray(0, SECTOR);
  t.is(sector.toString('latin1', 0, 8), 'codecode');
  t.is(sector.readUInt16LE(510), 0xaa55);
  // Nothing is left for the first boot to grow.
  const grow = { tool: 'sh', args: ['templates/initramfs/grow-persist', disk] };
  const environment = { TMPDIR: directory.path };
  const workingDirectory = fileURLToPath(new URL('../../..', import.meta.url));
  t.is((await commands.run({ ...grow, environment, workingDirectory })).stdout, '');
});

test('a disk is whole for sgdisk, fsck.vfat, e2fsck and debugfs', sized, LEAST + 100 * MIB);
test('a disk of just the size that is needed', sized, LEAST);
test('a disk that ends between two MiB', sized, LEAST + 7 * MIB + 40 * SECTOR);
test('a disk that ends just behind a MiB', sized, LEAST + 7 * MIB + SECTOR);

test('wherever it is cut, the disk is plainly not installed, and the same again completes it', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  await commands.run({ tool: 'sgdisk', args: ['--clear', '--new=1:2048:+10M', disk] });
  t.true(isBootable(await readFile(disk)));
  let writes = 0;
  for (let cutAt = 2; ; cutAt = Math.ceil(cutAt * 1.3)) {
    writes = 0;
    const plan = planFor(LEAST, `disk ${cutAt}`);
    const isCut = await installCutAt(disk, plan, () => (writes += 1) < cutAt);
    if (!isCut) break;
    t.false(isBootable(await readFile(disk)), `after ${cutAt} writes`);
    t.deepEqual(await contentOf(disk, LEAST), { kind: 'unfinished' }, `after ${cutAt} writes`);
  }
  t.true(writes > 20, `${writes} writes`);
  t.true(isBootable(await readFile(disk)));
  const last = planFor(LEAST, 'disk at last');
  t.true(await installCutAt(disk, last, () => (writes -= 1) > 0));
  await install(disk, last);
  await assertInstalled(t, disk, last);
});

class PowerCut extends Error {}

/** Every write from the cut on is lost. @returns false where it came to its end before that */
async function installCutAt(
  disk: string,
  plan: InstallPlan,
  isOn: () => boolean,
): Promise<boolean> {
  const arrives = (): boolean => {
    if (isOn()) return true;
    throw new PowerCut();
  };
  try {
    await install(disk, plan, { arrives });
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

test('a root image that is not what it should be is not made to boot', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  const damaged = Buffer.from(IMAGE);
  damaged.writeUInt8(0, 5 * MIB);
  const error = { code: 'RELEASE_INVALID' };
  await t.throwsAsync(install(disk, planFor(LEAST), { image: chunksOf(damaged) }), error);
  t.false(isBootable(await readFile(disk)));
});

test('a disk that loses a write is found out, and does not boot', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  const plan = planFor(LEAST);
  const lost = [
    partitionOf(plan.layout, 'root-a').startBytes + 4 * MIB,
    partitionOf(plan.layout, 'boot').startBytes,
    LEAST - 33 * SECTOR,
    SECTOR,
  ];
  for (const place of lost) {
    const arrives = (position: number, bytes: Uint8Array): boolean =>
      position !== place || isZero(bytes);
    await t.throwsAsync(
      install(disk, plan, { arrives }),
      { code: 'HOST_NOT_READY' },
      String(place),
    );
    t.false(isBootable(await readFile(disk)));
  }
});

test('told to stop it stops, and says how to go on', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  const controller = new AbortController();
  const error = await t.throwsAsync(
    install(disk, planFor(LEAST), {
      signal: controller.signal,
      report: (phase) => phase === 'root' && controller.abort(),
    }),
    { code: 'CANCELLED' },
  );
  t.regex(error?.message ?? '', /does not boot/);
  t.deepEqual(await contentOf(disk, LEAST), { kind: 'unfinished' });
});

import { blockWriter } from '../../../src/release/fetch/block-writer.ts';
import { TestNode } from '../../../src/agent/testing/test-node.ts';
import { ROOT_BYTES, testRelease } from '../../../src/agent/testing/test-release.ts';
import { freshContent, virtualDisk } from '../../../src/agent/testing/virtual-disk.ts';
import { prepareSlot } from '../../../src/agent/upgrade/prepare-slot.ts';
import { activateSlot, commitSlot, rollBackSlot } from '../../../src/agent/upgrade/switch-slot.ts';
import type { PositionalFile } from '../../../src/disk/positional-file.ts';

const one = testRelease('1.0.0', 1);
const two = testRelease('2.0.0', 2);
const node = (): TestNode => new TestNode(freshContent(one, ROOT_BYTES), [one, two]);

async function isRefused(work: Promise<unknown>): Promise<boolean> {
  return await work.then(
    () => false,
    () => true,
  );
}

/** A node that runs release 2, with release 1 good in slot A. */
async function committed(): Promise<TestNode> {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, two.verified.digest);
  it.boot();
  await commitSlot(it.running);
  return it;
}

/** A file that keeps all but one byte. */
const lossy = (file: PositionalFile): PositionalFile => ({
  ...file,
  write: async (bytes, position) => {
    const kept = Buffer.from(bytes);
    kept.writeUInt8((kept.at(-1) ?? 0) ^ 1, kept.length - 1);
    await file.write(kept, position);
  },
});

/** Faults of a disk, and what may not come of each. */
const FAULTS: readonly (readonly [string, () => Promise<boolean>])[] = [
  [
    'a root that lost a byte when it was written counts as written',
    async () => {
      const it = node();
      await it.prepare(two, undefined, { losses: 1 });
      return it.content['root-B'].subarray(0, two.image.length).equals(two.image);
    },
  ],
  [
    'a root that loses bytes each time counts as written',
    async () => await isRefused(node().prepare(two, undefined, { losses: 2 })),
  ],
  [
    'boot files that lost a byte count as written',
    async () => {
      const content = freshContent(one, ROOT_BYTES);
      const disk = virtualDisk(content, 'A');
      const { A, B } = disk.slotFiles;
      const slotFiles = { A, B: { ...B, sums: lossy(B.sums) } };
      const clock = { bootId: 'boot', now: () => new Date(0) };
      const request = { clock, arch: 'amd64', image: null, release: two.verified } as const;
      const allow = { allowOlder: false, allowFailed: false };
      return await isRefused(
        prepareSlot({
          ...{ ...request, allow, fill: two.fill, onPhase: () => undefined },
          disk: { ...disk, slotFiles },
        }),
      );
    },
  ],
  [
    'a block that is not of the release is written',
    async () => {
      const written: number[] = [];
      const { table } = two.verified;
      const target = {
        ...{ address: 'x', size: ROOT_BYTES, isBlank: false, flush: async () => undefined },
        read: async () => undefined,
        write: async (_: Uint8Array, position: number) => void written.push(position),
      };
      const writer = blockWriter(target, table, [false]);
      const isRight = await writer.put(0, Buffer.alloc(two.image.length, 'hostile'));
      await writer.finish();
      return !isRight && written.length === 0;
    },
  ],
  [
    'a slot that was good and rotted is rolled back to',
    async () => {
      const it = await committed();
      it.content['root-A'].fill(1, 5000, 5001);
      return await isRefused(rollBackSlot(it.running));
    },
  ],
  [
    'a slot that was good and rotted is taken for whole when its release is prepared again',
    async () => {
      const it = await rolledBack();
      it.content['root-B'].fill(1, 50_000, 50_001);
      return (await it.prepare(two)) !== null;
    },
  ],
  [
    'a slot that was good and rotted is activated',
    async () => {
      const it = await rolledBack();
      it.content['root-B'].fill(1, 50_000, 50_001);
      return await isRefused(activateSlot(it.running, two.verified.digest));
    },
  ],
];

/** Runs release 1 again, with release 2 good in slot B. */
async function rolledBack(): Promise<TestNode> {
  const it = await committed();
  await rollBackSlot(it.running);
  it.boot();
  await it.settle();
  return it;
}

// Prints the first fault that is not found out; nothing where all are.
for (const [name, isFoundOut] of FAULTS) {
  const isFine = await isFoundOut().catch(() => false);
  if (isFine) continue;
  process.stdout.write(`${name}\n`);
  break;
}

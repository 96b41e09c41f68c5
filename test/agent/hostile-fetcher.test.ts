import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { originOf, serveFiles } from '../release/fetch/origin.ts';
import { isImage } from '../release/fetch/test-release.ts';
import { upgrade } from '../release/fetch/upgrade.ts';
import { fill, liar, listening } from './fetcher-scene.ts';

test('a delta pack that is damaged costs frames of the image, and no block of the slot', async (t) => {
  await using up = await upgrade(6);
  const pack = await readFile(up.packFile);
  // Behind the table of its operations: a frame in the middle.
  pack.write('damage', Math.floor(pack.length * 0.6));
  await writeFile(up.packFile, pack);
  await using origin = await originOf(serveFiles(up.given.repository));
  await using listener = await listening(up.given.repository);
  using fetcher = await listener.open(origin.url);
  await fill(fetcher, up, { base: up.base });
  t.true(origin.requests.some((request) => request.includes('.kdp')));
  t.true(origin.requests.some((request) => request.includes('image.zst')));
  t.true(await isImage(up.given.output, up.next));
});

function message(says: Buffer, carried: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(says.length, 0);
  head.writeUInt32LE(carried.length, 4);
  return Buffer.concat([head, says, carried]);
}

/** Words of the protocol with wrong values, other words, and bytes that are none. */
const hostile = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(
      fc.oneof(
        fc.record({
          tell: fc.constantFrom('opened', 'small', 'failed', 'read', 'block', 'progress', 'done'),
          id: fc.integer(),
          index: fc.integer(),
          position: fc.integer(),
          length: fc.integer(),
          from: fc.constantFrom('base', 'target', 'records'),
        }),
        fc.record({ tell: fc.constant('block'), id: fc.nat(), index: fc.nat({ max: 5 }) }),
        fc.jsonValue(),
      ),
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([says, carried]) => message(Buffer.from(JSON.stringify(says)), Buffer.from(carried))),
);

test('whatever a fetcher that was taken over says, nothing of it is written', async (t) => {
  await using up = await upgrade(1);
  let says: readonly Buffer[] = [];
  await using listener = await listening(up.given.repository, async (socket) => {
    const speak = async (): Promise<void> => {
      for (const bytes of says) socket.write(bytes);
      socket.end();
    };
    await liar(up, speak)(socket);
  });
  const property = fc.asyncProperty(fc.array(hostile, { maxLength: 5 }), async (all) => {
    says = all;
    using fetcher = await listener.open('x');
    await t.throwsAsync(fill(fetcher, up));
    const output = await readFile(up.given.output);
    t.true(output.equals(Buffer.alloc(output.length)));
  });
  await fc.assert(property, { numRuns: 500, seed: 7 });
});

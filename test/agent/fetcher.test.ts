import { mkdtempDisposable, readFile } from 'node:fs/promises';
import test from 'ava';
import { fetchForAgent } from '../../src/agent/fetcher/fetch-for-agent.ts';
import { openTarget } from '../../src/release/fetch/open-target.ts';
import { originOf, serveFiles } from '../release/fetch/origin.ts';
import { isImage, MIB } from '../release/fetch/test-release.ts';
import { many, upgrade } from '../release/fetch/upgrade.ts';
import { fill, liar, listening, type Lie } from './fetcher-scene.ts';

test('a release comes by another process: by frames, by pack, and not at all where all is there', async (t) => {
  await using up = await upgrade(6);
  await using origin = await originOf(serveFiles(up.given.repository));
  await using listener = await listening(up.given.repository);
  {
    using fetcher = await listener.open(origin.url);
    t.is((await fill(fetcher, up, { base: up.base })).how, 'pack');
    t.true(await isImage(up.given.output, up.next));
  }
  {
    using fetcher = await listener.open(origin.url);
    const again = await fill(fetcher, up);
    t.is(again.how, 'nothing');
    t.is(again.blocksReused, 7);
  }
  await using target = await openTarget(up.given.output, up.next.image.length);
  await target.write(Buffer.alloc(2 * MIB), 3 * MIB);
  using fetcher = await listener.open(origin.url);
  const repaired = await fill(fetcher, up);
  t.is(repaired.how, 'frames');
  t.is(repaired.blocksWritten, 2);
  t.true(await isImage(up.given.output, up.next));
});

test('what the running image has is not fetched', async (t) => {
  await using up = await upgrade(6, (image, at) => (at > 2 * MIB ? image : many(image, at)));
  await using origin = await originOf(serveFiles(up.given.repository));
  await using listener = await listening(up.given.repository);
  using fetcher = await listener.open(origin.url);
  const { blocksCopied, bytesTransferred } = await fill(fetcher, up, { base: up.base });
  t.is(blocksCopied, 5);
  t.true(bytesTransferred < up.packBytes + 3 * MIB);
  t.true(await isImage(up.given.output, up.next));
});

test('what the fetcher fails with is what the agent fails with', async (t) => {
  await using up = await upgrade(2);
  await using listener = await listening(up.given.repository);
  using fetcher = await listener.open(up.given.repository);
  const gone = { ...up, next: { ...up.next, digest: `sha256:${'0'.repeat(64)}` } };
  const error = await t.throwsAsync(fill(fetcher, gone), { code: 'NETWORK', message: /has no/ });
  t.like(error, { failure: 'missing' });
});

test('a fetcher that is gone at once, or for an address that is none, is an error and nothing more', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-fetcher-');
  {
    await using listener = await listening(dir.path, async (socket) => {
      socket.resetAndDestroy();
    });
    for (let round = 0; round < 20; round += 1) await t.throwsAsync(listener.open('x'));
  }
  await using listener = await listening(dir.path);
  const unknown = { code: 'USAGE', message: /gopher/ };
  await t.throwsAsync(listener.open('gopher://old.example/'), unknown);
  using fetcher = await listener.open(dir.path);
  const ended = listener.endAll();
  fetcher.source.distrust();
  await ended;
  const asked = fetcher.source.readSmall('x', { maxBytes: 9, signal: AbortSignal.timeout(9999) });
  await t.throwsAsync(asked);
  fetcher.source.distrust();
});

test('an agent that stops takes its fetcher with it, and what was written is kept', async (t) => {
  await using up = await upgrade(8);
  const abort = new AbortController();
  await using origin = await originOf(async (request, response) => {
    if (request.url?.endsWith('image.zst') === true) setTimeout(() => abort.abort(), 200);
    else await serveFiles(up.given.repository)(request, response);
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  await using listener = await listening(up.given.repository, async (socket) => {
    await fetchForAgent(socket);
    end();
  });
  using fetcher = await listener.open(origin.url, abort.signal);
  await t.throwsAsync(fill(fetcher, up, { signal: abort.signal }));
  await t.notThrowsAsync(ended);
});

const LIES: readonly (readonly [string, RegExp, Lie])[] = [
  [
    'a wrong block',
    /wrong block 0/,
    async (pipe) => {
      await pipe.send({ tell: 'block', id: 1, index: 0 }, Buffer.alloc(MIB, 'hostile'));
    },
  ],
  [
    'a block that there is not',
    /wrong block 99999/,
    async (pipe, { next }) => {
      await pipe.send({ tell: 'block', id: 1, index: 99_999 }, next.image.subarray(0, MIB));
    },
  ],
  [
    'an early end',
    /3 blocks are missing/,
    async (pipe) => {
      await pipe.send({ tell: 'done', bytesTransferred: 0, requests: 0, how: 'frames' });
    },
  ],
  [
    'another word',
    /out of turn/,
    async (pipe) => await pipe.send({ tell: 'small', isThere: false }),
  ],
  [
    'what is no word',
    /Invalid/,
    async (pipe) => await pipe.send({ tell: 'format', disk: '/dev/vda' }),
  ],
  [
    'a message without end',
    /too long/,
    async (pipe) => {
      await pipe.send({ tell: 'block', id: 1, index: 0 }, Buffer.alloc(5 * MIB));
    },
  ],
  ['nothing more', /ended early/, async (pipe) => pipe.close()],
];

for (const [name, message, lie] of LIES) {
  test(`a fetcher that was taken over and sends ${name} cannot write`, async (t) => {
    await using up = await upgrade(2);
    await using listener = await listening(up.given.repository, liar(up, lie));
    using fetcher = await listener.open('x');
    await t.throwsAsync(fill(fetcher, up), { message });
    t.true((await readFile(up.given.output)).every((byte) => byte === 0));
  });
}

test('a fetcher reads the running image and the slot, and nothing beyond them', async (t) => {
  await using up = await upgrade(2);
  const answers: (boolean | null)[] = [];
  const lie: Lie = async (pipe, { given }) => {
    const size = given.release.image.length;
    for (const [id, position] of [0, size - 10, size, 2 ** 40].entries()) {
      await pipe.send({ tell: 'read', id, from: 'base', position, length: 10 });
      const { says } = (await pipe.next()) ?? { says: { isRight: null } };
      answers.push((says as { isRight: boolean | null }).isRight);
    }
    pipe.close();
  };
  await using listener = await listening(up.given.repository, liar(up, lie));
  using fetcher = await listener.open('x');
  // A base that has no block of the image: all of it is asked of the fetcher.
  const base = { ...up.base, table: { ...up.base.table, blocks: [] } };
  await t.throwsAsync(fill(fetcher, up, { base }), { message: /ended early/ });
  t.deepEqual(answers, [true, true, false, false]);
});

import test from 'ava';
import { refused, verify } from './testing/attempt.ts';
import { DIGEST, SET_TIME, signedSet } from './testing/signed-set.ts';
import { MetadataError } from './metadata-error.ts';
import { verifyRepository } from './verify-repository.ts';
import { MAX_METADATA_BYTES } from './metadata-limits.ts';
import fc from 'fast-check';

test('a set that is signed, fresh and consistent is trusted, and says what it lists', async (t) => {
  const found = await verify({ files: await signedSet() });
  t.deepEqual(
    found.releases.map(({ digest }) => digest),
    [DIGEST],
  );
  t.deepEqual([...found.halted], [DIGEST]);
  t.deepEqual([...found.files.keys()].toSorted(), [
    '1.halt.json',
    '1.snapshot.json',
    '1.targets.json',
    'timestamp.json',
  ]);
  t.deepEqual(found.expired, []);
  t.true(found.issuedAfter <= SET_TIME);
});

// Endless data.
test('a timestamp that does not end', refused, 'malformed timestamp.json', async () => {
  const files = await signedSet();
  return {
    files: new Map([
      ...files,
      ['timestamp.json', new Uint8Array(MAX_METADATA_BYTES.timestamp + 1)],
    ]),
  };
});
test('JSON that is nested without end', refused, 'malformed timestamp.json', async () => {
  const files = await signedSet();
  return {
    files: new Map([
      ...files,
      ['timestamp.json', Buffer.from('['.repeat(8000) + ']'.repeat(8000))],
    ]),
  };
});
test('no file is asked for beyond its length', async (t) => {
  const files = await signedSet();
  const asked = new Map<string, number>();
  await verifyRepository({
    root: files.get('1.root.json') ?? new Uint8Array(),
    now: SET_TIME,
    known: null,
    read: async (file, maxBytes) => {
      asked.set(file, maxBytes);
      return files.get(file) ?? null;
    },
  });
  t.is(asked.get('1.targets.json'), files.get('1.targets.json')?.length);
  t.is(asked.get('timestamp.json'), MAX_METADATA_BYTES.timestamp);
});

test('a changed or cut file is refused with a kubeos error, never trusted and never a crash', async (t) => {
  const files = await signedSet();
  const names = [...files.keys()];
  const mutation = fc.record({
    name: fc.constantFrom(...names),
    at: fc.nat(),
    byte: fc.integer({ min: 1, max: 255 }),
    cut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ name, at, byte, cut }) => {
      const bytes = Uint8Array.from(files.get(name) ?? []);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ byte;
      const changed = cut ? bytes.subarray(0, place) : bytes;
      await t.throwsAsync(verify({ files: new Map([...files, [name, changed]]) }), {
        instanceOf: MetadataError,
      });
    }),
    { numRuns: 300 },
  );
});

test('any JSON in place of a file is refused with a kubeos error', async (t) => {
  const files = await signedSet();
  const names = [...files.keys()];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.jsonValue(), async (name, value) => {
      const bytes = Buffer.from(JSON.stringify({ signed: value, signatures: [] }));
      await t.throwsAsync(verify({ files: new Map([...files, [name, bytes]]) }), {
        instanceOf: MetadataError,
      });
    }),
    { numRuns: 200 },
  );
});

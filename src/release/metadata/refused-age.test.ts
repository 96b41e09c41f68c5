import test from 'ava';
import { edit, refused, set, verify, withRoot, KNOWN, NEWEST } from './testing/attempt.ts';
import { SET_TIME, signedSet } from './testing/signed-set.ts';
import { verifyRepository } from './verify-repository.ts';
import type { KnownVersions } from './known-versions.ts';
import { MAX_VERSION } from './metadata-limits.ts';

const DAY_MS = 24 * 3600 * 1000;
const after = (days: number): Date => new Date(SET_TIME.getTime() + days * DAY_MS);

// Rollback.
const older = (role: keyof typeof NEWEST) =>
  set({ versions: { ...NEWEST, [role]: NEWEST[role] - 1 } }, { known: KNOWN });
test('an older timestamp', refused, 'stale timestamp.json', older('timestamp'));
test('an older snapshot', refused, 'stale timestamp.json', older('snapshot'));
test('older targets', refused, 'stale 4.snapshot.json', older('targets'));
test('an older list of halted releases', refused, 'stale 4.snapshot.json', older('halt'));
test(
  'an older root than is known',
  refused,
  'stale root.json',
  set({ versions: NEWEST }, { known: { ...KNOWN, root: 2 } }),
);
test('the versions that are known, again, are good', async (t) => {
  const { known } = await verify({ files: await signedSet({ versions: NEWEST }), known: KNOWN });
  t.deepEqual(known, KNOWN);
});

// Freeze.
test('a timestamp that has ended', refused, 'expired timestamp.json', set({}, { now: after(8) }));
test('a clock that is two years behind', refused, 'ahead root.json', set({}, { now: after(-730) }));
test(
  'a clock that is a month behind',
  refused,
  'ahead timestamp.json',
  set({}, { now: after(-30) }),
);
for (const expires of [
  'never',
  '',
  '9999',
  '2026-05-08',
  '2026-02-30T00:00:00Z',
  '2026-05-08T12:00:00+00:00',
  '+275760-09-13T00:00:00Z',
  9,
]) {
  test(
    `a timestamp that ends ${JSON.stringify(expires)}`,
    refused,
    'malformed timestamp.json',
    edit('timestamp', ['expires'], expires),
  );
}
test(
  'a timestamp that ends in the year 9999',
  refused,
  'ahead timestamp.json',
  edit('timestamp', ['expires'], '9999-12-31T23:59:59Z'),
);
test(
  'a timestamp without an end',
  refused,
  'malformed timestamp.json',
  edit('timestamp', ['expires'], undefined),
);
test(
  'a snapshot that has ended',
  refused,
  'expired 1.snapshot.json',
  edit('snapshot', ['expires'], '2026-04-30T00:00:00Z'),
);
test(
  'a list of halted releases that has ended',
  refused,
  'expired 1.halt.json',
  edit('halt', ['expires'], '2026-04-30T00:00:00Z'),
);

test('what has ended is taken where a person allows it, and named', async (t) => {
  const files = await signedSet();
  const root = files.get('1.root.json') ?? new Uint8Array();
  const read = async (file: string) => files.get(file) ?? null;
  const found = await verifyRepository({
    root,
    read,
    now: after(40),
    known: null,
    allowExpired: true,
  });
  t.deepEqual(found.expired, ['timestamp.json', '1.snapshot.json']);
});

// Fast-forward.
for (const version of [9e15, MAX_VERSION + 1, 0, -1, 1.5, 1e300]) {
  test(
    `a timestamp of version ${version}`,
    refused,
    'malformed timestamp.json',
    edit('timestamp', ['version'], version),
  );
}
const STOLEN: KnownVersions = { ...KNOWN, timestamp: MAX_VERSION, snapshot: MAX_VERSION };
test(
  'versions after a thief used up all of them',
  refused,
  'stale timestamp.json',
  set({ versions: NEWEST }, { known: STOLEN }),
);
test('a new timestamp key frees clients from the versions that a thief signed', async (t) => {
  const attempt = await withRoot({ keys: { timestamp: ['other'] } });
  const { known } = await verify({ ...attempt, known: STOLEN });
  t.like(known, { root: 2, timestamp: 1, snapshot: 1, targets: 1 });
});
test(
  'a new targets key does not free clients from the timestamp that they know',
  refused,
  'stale timestamp.json',
  async () => ({
    ...(await withRoot({ keys: { targets: ['other'] } })),
    known: KNOWN,
  }),
);

import test from 'ava';
import { edit, refused, set, verify, withRoot } from './testing/attempt.ts';
import { idOf, SET_TIME, signedSet, type SetOptions } from './testing/signed-set.ts';
import { testKey } from '../repository/testing/test-keys.ts';
import { ed25519Key, keyId } from './key-id.ts';

const DAY_MS = 24 * 3600 * 1000;
const after = (days: number): Date => new Date(SET_TIME.getTime() + days * DAY_MS);

// Arbitrary software.
for (const role of ['targets', 'halt', 'snapshot', 'timestamp'] as const) {
  const file = role === 'timestamp' ? 'timestamp.json' : `1.${role}.json`;
  test(
    `${role} by a foreign key`,
    refused,
    `unsigned ${file}`,
    set({ signedBy: { [role]: ['thief'] } }),
  );
}
test(
  'one signature where two are needed',
  refused,
  'unsigned root.json',
  set({ signedBy: { root: ['root-a'] } }),
);
test('two signatures by one key', refused, 'malformed root.json', async () => {
  const again = { ...ed25519Key(testKey('root-a').publicKey) };
  const edits: SetOptions['edits'] = [
    ['root', ['keys', 'f'.repeat(64)], again],
    ['root', ['roles', 'root', 'keyids'], [idOf('root-a'), 'f'.repeat(64)]],
  ];
  return { files: await signedSet({ edits }) };
});
test(
  'one key twice in a role',
  refused,
  'malformed root.json',
  edit('root', ['roles', 'root', 'keyids'], [idOf('root-a'), idOf('root-a')]),
);
test(
  'a role whose keys are of a kind that is not known',
  refused,
  'unsigned timestamp.json',
  async () => {
    const key = { keytype: 'ml-dsa', scheme: 'ml-dsa-65', keyval: { public: 'AAAA' } };
    const edits: SetOptions['edits'] = [
      ['root', ['keys', keyId(key)], key],
      ['root', ['roles', 'timestamp', 'keyids'], [keyId(key)]],
    ];
    return { files: await signedSet({ edits }) };
  },
);
test(
  'a threshold of 0',
  refused,
  'malformed root.json',
  edit('root', ['roles', 'timestamp', 'threshold'], 0),
);
test(
  'a threshold that no keys can meet',
  refused,
  'malformed root.json',
  edit('root', ['roles', 'timestamp', 'threshold'], 2),
);
test(
  'a root without consistent snapshots',
  refused,
  'malformed root.json',
  edit('root', ['consistent_snapshot'], false),
);

test('a kind of key that is not known may stand beside good ones', async (t) => {
  const key = { keytype: 'ml-dsa', scheme: 'ml-dsa-65', keyval: { public: 'AAAA' } };
  const files = await signedSet({
    edits: [
      ['root', ['keys', keyId(key)], key],
      ['root', ['roles', 'timestamp', 'keyids'], [idOf('timestamp'), keyId(key)]],
    ],
  });
  await t.notThrowsAsync(verify({ files }));
});

// Roots.
const NEW_ROOT = ['new-a', 'new-b', 'new-c'];
test('a root signed by its own keys only', refused, 'unsigned 2.root.json', () =>
  withRoot({ keys: { root: NEW_ROOT } }),
);
test('a root signed by the old keys only', refused, 'unsigned 2.root.json', () =>
  withRoot({ keys: { root: NEW_ROOT }, signedBy: { root: ['root-a', 'root-b'] } }),
);
test('a root with another version inside', refused, 'mismatched 2.root.json', () =>
  withRoot({ versions: { root: 3 } }),
);
test(
  'a root that is damaged in the middle of the chain',
  refused,
  'malformed 2.root.json',
  async () => {
    const { files, root = new Uint8Array() } = await withRoot(
      { versions: { root: 3 } },
      '3.root.json',
    );
    return { files: new Map([...files, ['2.root.json', Buffer.from('{')]]), root };
  },
);
test(
  'new timestamp keys of a root whose predecessor is withheld',
  refused,
  'unsigned timestamp.json',
  async () => {
    const attempt = await withRoot(
      { versions: { root: 3 }, keys: { timestamp: ['other'] } },
      '3.root.json',
    );
    return {
      ...attempt,
      files: new Map([...attempt.files].filter(([file]) => file !== '2.root.json')),
    };
  },
);
test(
  'a given root that nobody signed',
  refused,
  'unsigned root.json',
  set({ signedBy: { root: ['thief'] } }),
);
test('a last root that has ended', refused, 'expired root.json', set({}, { now: after(366) }));

test('a root by two of the old and two of the new keys is followed', async (t) => {
  const attempt = await withRoot({
    keys: { root: NEW_ROOT },
    signedBy: { root: ['root-b', 'root-c', 'new-a', 'new-c'] },
  });
  const { root, files } = await verify(attempt);
  t.is(root.version, 2);
  t.true(files.has('2.root.json'));
});

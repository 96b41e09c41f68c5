import test from 'ava';
import { edit, refused, type Attempt } from './testing/attempt.ts';
import { BASE, DIGEST, idOf, signedSet, target, type SetOptions } from './testing/signed-set.ts';
import { deltaName, fileName, haltName } from './target-name.ts';
import { ed25519Key } from './key-id.ts';

// Mix and match.
async function mixed(
  file: string,
  versions: NonNullable<SetOptions['versions']>,
): Promise<Attempt> {
  const files = await signedSet();
  const other = await signedSet({ versions });
  const [, bytes = new Uint8Array()] = [...other].find(([name]) => name.includes(file)) ?? [];
  return { files: new Map([...files, [`1.${file}.json`, bytes]]) };
}
test('targets of another snapshot', refused, 'mismatched 1.targets.json', () =>
  mixed('targets', { targets: 2 }),
);
test('a snapshot of another timestamp', refused, 'mismatched 1.snapshot.json', () =>
  mixed('snapshot', { snapshot: 2 }),
);
test('halted releases of another snapshot', refused, 'mismatched 1.halt.json', () =>
  mixed('halt', { halt: 2 }),
);
test(
  'a snapshot that lists another version than it gets',
  refused,
  'mismatched 2.targets.json',
  async () => {
    const files = await signedSet({
      edits: [['snapshot', ['meta', 'targets.json', 'version'], 2]],
    });
    return {
      files: new Map([
        ...files,
        ['2.targets.json', files.get('1.targets.json') ?? new Uint8Array()],
      ]),
    };
  },
);
test(
  'a list of halted releases without a hash',
  refused,
  'malformed 1.snapshot.json',
  edit('snapshot', ['meta', 'halt.json', 'hashes'], undefined),
);
test(
  'a snapshot that leaves out halted releases',
  refused,
  'mismatched 1.snapshot.json',
  edit('snapshot', ['meta', 'halt.json'], undefined),
);
test(
  'targets that no longer delegate to halt',
  refused,
  'mismatched 1.snapshot.json',
  edit('targets', ['delegations'], undefined),
);
for (const file of ['timestamp.json', '1.snapshot.json', '1.targets.json', '1.halt.json']) {
  test(`${file} that is missing`, refused, `missing ${file}`, async () => {
    const files = await signedSet();
    files.delete(file);
    return { files: new Map([...files]) };
  });
}

// Wrong software, path tricks.
const manifest = ['targets', fileName(DIGEST, 'manifest.json')] as const;
for (const name of [
  '../x',
  '..',
  '.',
  'a/../b',
  '/etc/passwd',
  'a\\b',
  '.hidden',
  'A',
  '',
  'a\0b',
  'x'.repeat(65),
  'constructor',
  '__proto__',
  'prototype',
]) {
  test(
    `a target called ${JSON.stringify(name)}`,
    refused,
    'malformed 1.targets.json',
    edit('targets', ['targets', name], target('image')),
  );
}
test(
  'a manifest of another digest than its release',
  refused,
  'malformed 1.targets.json',
  edit('targets', [...manifest, 'hashes', 'sha256'], 'a'.repeat(64)),
);
test(
  'a file under the name of another release',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['targets', fileName(BASE, 'image.zst')], target('image')),
);
test(
  'a file of a release without manifest',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['targets', fileName(BASE, 'image.zst')], target('image', BASE)),
);
test(
  'a release without image',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['targets', fileName(DIGEST, 'image.zst')], undefined),
);
test(
  'a delta pack that does not say its base',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['targets', deltaName(DIGEST, BASE)], target('delta')),
);
test(
  'a kind that is not known',
  refused,
  'malformed 1.targets.json',
  edit('targets', [...manifest, 'custom', 'kind'], 'script'),
);
test(
  'a channel to a release that is not listed',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['targets', 'channel.stable.json'], target('channel', BASE)),
);
test(
  'targets that halt a release themselves',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['targets', haltName(BASE)], target('halt', BASE)),
);
test(
  'halted releases that list an image',
  refused,
  'malformed 1.halt.json',
  edit('halt', ['targets', fileName(DIGEST, 'image.zst')], target('image')),
);
test(
  'a target without SHA-256',
  refused,
  'malformed 1.targets.json',
  edit('targets', [...manifest, 'hashes'], { md5: 'a'.repeat(32) }),
);
test(
  'a target of negative length',
  refused,
  'malformed 1.targets.json',
  edit('targets', [...manifest, 'length'], -1),
);
for (const name of ['root', 'targets', 'constructor', '__proto__', '../halt', 'Halt']) {
  test(
    `a delegated role called ${name}`,
    refused,
    'malformed 1.targets.json',
    edit('targets', ['delegations', 'roles', 0, 'name'], name),
  );
}
test(
  'a delegation to every name',
  refused,
  'malformed 1.targets.json',
  edit('targets', ['delegations', 'roles', 0, 'paths'], ['*']),
);
test(
  'a root with a key called __proto__',
  refused,
  'malformed root.json',
  edit('root', ['keys', '__proto__'], ed25519Key('a'.repeat(64))),
);
test(
  'a root with a role called constructor',
  refused,
  'malformed root.json',
  edit('root', ['roles', 'constructor'], { keyids: [idOf('root-a')], threshold: 1 }),
);
test(
  'a key under an id that is not its digest',
  refused,
  'malformed root.json',
  edit('root', ['keys', 'a'.repeat(64)], ed25519Key('b'.repeat(64))),
);
test(
  'another specification',
  refused,
  'malformed timestamp.json',
  edit('timestamp', ['spec_version'], '2.0.0'),
);
test(
  'a key that no role knows',
  refused,
  'malformed timestamp.json',
  edit('timestamp', ['extra'], 1),
);

import { cp, mkdtempDisposable, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { createFirstKeys, isUnfinished, keySet } from './first-root.ts';
import { loadKeyFolder, type KeyFolder } from './key-folder.ts';
import { makeKeyPair } from './key-pair.ts';

const ask = async (): Promise<string> => 'correct horse battery staple';

async function load(directory: string): Promise<KeyFolder> {
  const { signal } = new AbortController();
  return await loadKeyFolder({ directory, ask, commands: hostCommands({ signal }) });
}

test('making the first keys, stopped after some of their files, is finished by the same again', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-keys-'));
  const whole = path.join(dir.path, 'whole');
  await createFirstKeys(await load(whole), [], ask);
  const { publicKeys } = await load(whole);
  const keys = [...publicKeys.keys()].map((name) => `${name}.key`);
  // In the order in which they are made.
  const files = [...keys, ...[...publicKeys.keys()].map((name) => `${name}.pub`)];
  for (const made of [1, 6, 7, 8, 13]) {
    const place = path.join(dir.path, String(made));
    await cp(whole, place, { recursive: true });
    for (const file of files.slice(made)) await rm(path.join(place, file));
    const stopped = await load(place);
    t.true(isUnfinished(stopped), `after ${made}`);
    await createFirstKeys(stopped, [], ask);
    const finished = await load(place);
    t.false(isUnfinished(finished));
    t.is(keySet('root', finished, 3).publicKeys.length, 3);
    const before = keys.slice(0, made).map((file) => path.basename(file, '.key'));
    for (const name of before) t.is(finished.publicKeys.get(name), publicKeys.get(name), name);
  }
});

test('keys that somebody put there stay, and no other is made beside them', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-keys-'));
  await makeKeyPair(path.join(dir.path, 'targets'), ask);
  t.false(isUnfinished(await load(dir.path)));
  await t.throwsAsync(makeKeyPair(path.join(dir.path, 'targets'), ask), { code: 'USAGE' });
});

test('a key that was left without its public half gets it', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-keys-'));
  const base = path.join(dir.path, 'root-1');
  const publicKey = await makeKeyPair(base, ask);
  await rm(`${base}.pub`);
  t.is(await makeKeyPair(base, ask), publicKey);
});

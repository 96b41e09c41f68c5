import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MAX_VERSION } from '../metadata/metadata-limits.ts';
import { parseMetadata } from '../metadata/parse-metadata.ts';
import { verifyRepository, type VerifyRequest } from '../metadata/verify-repository.ts';
import { installRoot } from './install-root.ts';
import { planRotation } from './plan-rotation.ts';
import type { Publisher } from './publisher.ts';
import { metadataOf } from './read-bytes.ts';
import { refreshRepository } from './refresh-repository.ts';
import { loadRepository } from './repository-state.ts';
import {
  addRootSignature,
  draftRoot,
  missingSignatures,
  roleOf,
  rootPayload,
  signRoot,
} from './root-document.ts';
import { rotateKeys, type RootDrafts } from './rotate-keys.ts';
import { signMetadata } from './sign-metadata.ts';
import { failingStore } from './testing/failing-store.ts';
import { testKey } from './testing/test-keys.ts';
import { keySet, later, makeTestRepository, NOW } from './testing/test-repository.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-rotate-'));
const keys = (...words: string[]) => words.map(testKey);

function client({ store, root }: Publisher, more: Partial<VerifyRequest> = {}) {
  return verifyRepository({ root, now: NOW, read: metadataOf(store), known: null, ...more });
}

test('a client follows three roots, each by two of the old keys and two of the new', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const online = ['targets', 'snapshot', 'timestamp'];
  const next = [
    { signers: ['root-a', 'root-c', 'b1', 'b2'], keys: ['b1', 'b2', 'b3'] },
    { signers: ['b2', 'b3', 'c1', 'c3'], keys: ['c1', 'c2', 'c3'] },
    { signers: ['c1', 'c2', 'c3'], keys: ['c1', 'c2', 'c3', 'c4'] },
  ];
  for (const step of next) {
    const signers = keys(...online, ...step.signers);
    await rotateKeys({ ...publisher, signers, role: 'root', keys: keySet(step.keys, 2) });
  }
  const { root, files } = await client(publisher);
  t.is(root.version, 4);
  t.deepEqual([...files.keys()].slice(0, 3), ['2.root.json', '3.root.json', '4.root.json']);
});

test('one root key is not enough for other keys, and nothing is changed', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const signers = keys('root-a', 'targets', 'snapshot', 'timestamp', 'other');
  const request = { ...publisher, signers, role: 'timestamp', keys: keySet(['other']) } as const;
  await t.throwsAsync(rotateKeys(request), { code: 'USAGE', message: /1 more root keys/ });
  t.is((await client(publisher)).root.version, 1);
});

test('a lost timestamp key is replaced without touching a node', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { known } = await client(publisher);
  const signers = keys('root-a', 'root-b', 'snapshot', 'other');
  const rotated = await rotateKeys({
    ...publisher,
    signers,
    role: 'timestamp',
    keys: keySet(['other']),
    now: later(9),
  });
  t.true(rotated.isChanged);
  const found = await client(publisher, { known, now: later(9) });
  t.is(found.root.version, 2);
  await refreshRepository({ ...publisher, signers: keys('other', 'snapshot'), now: later(10) });
  await t.notThrowsAsync(client(publisher, { known: found.known, now: later(10) }));
});

test('replacing a lost key, killed after the new root, is finished by the same again', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const signers = keys('root-a', 'root-b', 'snapshot', 'other');
  const request = { ...publisher, signers, role: 'timestamp', keys: keySet(['other']) } as const;
  const store = failingStore(publisher.store, 1);
  await t.throwsAsync(rotateKeys({ ...request, store }));
  await t.throwsAsync(client(publisher), { code: 'UNTRUSTED' });
  await rotateKeys(request);
  t.is((await client(publisher)).root.version, 2);
});

test('versions that a thief used up bind clients until the keys are replaced', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const file = path.join(dir.path, 'r/metadata/timestamp.json');
  const bytes = await readFile(file);
  const { signed } = parseMetadata('timestamp', { file: 'timestamp.json', bytes, now: NOW });
  const role = { name: 'timestamp', ...roleOf(keySet(['timestamp'])) };
  const stolen = { ...signed, version: MAX_VERSION };
  await writeFile(file, await signMetadata(stolen, [role], keys('timestamp')));
  const { known } = await client(publisher);
  t.is(known.timestamp, MAX_VERSION);

  await t.throwsAsync(refreshRepository(publisher), { code: 'USAGE', message: /last version/ });
  const signers = keys('root-a', 'root-b', 'timestamp', 'snapshot', 'other');
  await rotateKeys({ ...publisher, signers, role: 'timestamp', keys: keySet(['other']) });
  t.true((await client(publisher, { known })).known.timestamp < 10);
});

test('the halt key is replaced by the targets key alone', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const signers = keys('targets', 'snapshot', 'timestamp', 'halt-2');
  await rotateKeys({ ...publisher, signers, role: 'halt', keys: keySet(['halt-2']) });
  const { root, targets, halt } = await client(publisher);
  t.is(root.version, 1);
  t.is(halt?.version, 2);
  t.deepEqual(Object.keys(targets.delegations?.keys ?? {}).length, 1);
});

test('an offline root: the payload goes out, two signatures come in, the online keys are enough', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const { root } = await loadRepository(publisher);
  const plan = { now: NOW, lifetimeMs: 1e10, roles: { timestamp: keySet(['other']) } };
  let newRoot = draftRoot(planRotation(root, plan));
  const online = { ...publisher, signers: keys('snapshot', 'timestamp', 'targets', 'other') };
  await t.throwsAsync(installRoot({ ...online, newRoot }), { code: 'UNTRUSTED' });
  for (const word of ['root-b', 'root-c']) {
    const offline = testKey(word);
    const signature = await offline.sign(rootPayload(newRoot));
    newRoot = addRootSignature(newRoot, offline.publicKey, signature);
  }
  t.deepEqual(missingSignatures(newRoot, root), []);
  t.throws(() => addRootSignature(newRoot, testKey('root-a').publicKey, new Uint8Array(64)), {
    code: 'UNTRUSTED',
  });
  await installRoot({ ...online, newRoot });
  t.is((await client(publisher)).root.version, 2);
  t.false((await installRoot({ ...online, newRoot })).isChanged);
  const other = draftRoot(planRotation(root, { ...plan, roles: {} }));
  await t.throwsAsync(installRoot({ ...online, newRoot: other }), { code: 'USAGE' });
});

function draftsInMemory(): RootDrafts & { draft: Uint8Array | null } {
  const drafts = {
    place: 'the draft',
    draft: null as Uint8Array | null,
    read: async () => drafts.draft,
    write: async (draft: Uint8Array) => void (drafts.draft = draft),
    remove: async () => void (drafts.draft = null),
  };
  return drafts;
}

test('a root is renewed by keys that lie elsewhere, and by the same call again', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const drafts = draftsInMemory();
  const signers = keys('targets', 'snapshot', 'timestamp', 'root-a');
  const renew = { ...publisher, signers, role: 'root', keys: null, drafts } as const;
  await t.throwsAsync(rotateKeys(renew), { code: 'USAGE', message: /1 more root keys/ });
  t.is((await client(publisher)).root.version, 1);
  await drafts.write(await signRoot(drafts.draft ?? new Uint8Array(), testKey('root-c')));
  const at = { ...renew, now: later(1) };
  t.is((await rotateKeys(at)).repository.root.version, 2);
  t.is(drafts.draft, null);
  t.is((await client(publisher)).root.version, 2);
});

test('a signature that was damaged on its way is missing, and is made again', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const drafts = draftsInMemory();
  const signers = keys('targets', 'snapshot', 'timestamp', 'root-a');
  const renew = { ...publisher, signers, role: 'root', keys: null, drafts } as const;
  await t.throwsAsync(rotateKeys(renew), { code: 'USAGE' });
  const signed = await signRoot(drafts.draft ?? new Uint8Array(), testKey('root-c'));
  const damaged = Buffer.from(signed)
    .toString()
    .replaceAll(/"sig":"../g, '"sig":"00');
  await drafts.write(Buffer.from(damaged));
  await t.throwsAsync(rotateKeys(renew), { code: 'USAGE', message: /1 more root keys/ });
  await drafts.write(await signRoot(drafts.draft ?? new Uint8Array(), testKey('root-c')));
  t.is((await rotateKeys(renew)).repository.root.version, 2);
});

test('a draft that was installed and not removed is no reason for another root', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const drafts = draftsInMemory();
  const signers = keys('root-a', 'root-b', 'targets', 'snapshot', 'timestamp');
  const renew = { ...publisher, signers, role: 'root', keys: null, drafts } as const;
  const remove = async (): Promise<void> => {
    throw new Error('killed');
  };
  const unsigned = rotateKeys({ ...renew, signers: keys('root-a', 'timestamp') });
  await t.throwsAsync(unsigned, { code: 'USAGE' });
  await t.throwsAsync(rotateKeys({ ...renew, drafts: { ...drafts, remove } }), {
    message: 'killed',
  });
  t.is((await client(publisher)).root.version, 2);
  t.false((await rotateKeys(renew)).isChanged);
  t.is(drafts.draft, null);
  t.is((await client(publisher)).root.version, 2);
});

test('a draft of something else is not overwritten', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const drafts = draftsInMemory();
  const request = { ...publisher, signers: keys('root-a'), drafts, role: 'timestamp' } as const;
  await t.throwsAsync(rotateKeys({ ...request, keys: keySet(['other']) }), { code: 'USAGE' });
  const before = drafts.draft;
  await t.throwsAsync(rotateKeys({ ...request, keys: keySet(['third']) }), {
    code: 'USAGE',
    message: /draft of another root/,
  });
  t.is(drafts.draft, before);
});

test('new keys need as many signatures as the old ones, unless it is said', async (t) => {
  await using dir = await temporary();
  const publisher = await makeTestRepository(path.join(dir.path, 'r'));
  const signers = keys('root-a', 'root-b', 'b1', 'b2', 'targets', 'snapshot', 'timestamp');
  const { publicKeys } = keySet(['b1', 'b2', 'b3']);
  await rotateKeys({ ...publisher, signers, role: 'root', keys: { publicKeys } });
  t.is((await client(publisher)).root.roles.root.threshold, 2);
});

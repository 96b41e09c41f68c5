import { cp, mkdir, mkdtempDisposable, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { fileName } from '../../src/release/metadata/target-name.ts';
import { verifyRepository } from '../../src/release/metadata/verify-repository.ts';
import { directoryStore } from '../../src/release/repository/directory-store.ts';
import { initRepository } from '../../src/release/repository/init-repository.ts';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { metadataOf } from '../../src/release/repository/read-bytes.ts';
import { refreshRepository } from '../../src/release/repository/refresh-repository.ts';
import { metadataBytes, signMetadata } from '../../src/release/repository/sign-metadata.ts';
import { keyIdOf } from '../../src/release/repository/signer.ts';
import { testKey } from '../../src/release/repository/testing/test-keys.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import { testPublisher, testRoot } from '../../src/release/repository/testing/test-repository.ts';
import { serveDirectory } from './repository-http.ts';
import { runTufClient } from './repository-python-tuf.ts';

/** What an attacker makes of the metadata folder of version 2, who kept that of version 1. */
interface Attack {
  readonly title: string;
  /** The class of python-tuf's error. */
  readonly python: string;
  readonly change: (metadata: string, old: string) => Promise<void>;
}

const DAY_MS = 24 * 3600 * 1000;

async function resign(
  metadata: string,
  word: string,
  change: (signed: Record<string, unknown>) => object,
): Promise<void> {
  const file = path.join(metadata, 'timestamp.json');
  const { signed } = JSON.parse(await readFile(file, 'utf8')) as {
    signed: Record<string, unknown>;
  };
  const keyids = [keyIdOf(testKey(word).publicKey)];
  const role = { name: word, keyids, threshold: 1 };
  await writeFile(file, await signMetadata(change(signed), [role], [testKey(word)]));
}

/** A version more, because python-tuf passes over what it has already. */
const newer = (signed: Record<string, unknown>): object => ({
  ...signed,
  version: Number(signed['version']) + 1,
});

const ended = (signed: Record<string, unknown>): object => ({
  ...newer(signed),
  expires: `${new Date(Date.now() - DAY_MS).toISOString().slice(0, 19)}Z`,
});

const ATTACKS: readonly Attack[] = [
  {
    title: 'a timestamp by a foreign key',
    python: 'UnsignedMetadataError',
    change: async (metadata) => await resign(metadata, 'thief', newer),
  },
  {
    title: 'a timestamp without signature',
    python: 'UnsignedMetadataError',
    change: async (metadata) => {
      const file = path.join(metadata, 'timestamp.json');
      const { signed } = JSON.parse(await readFile(file, 'utf8')) as { signed: object };
      await writeFile(file, metadataBytes(signed, []));
    },
  },
  {
    title: 'a timestamp that has ended',
    python: 'ExpiredMetadataError',
    change: async (metadata) => await resign(metadata, 'timestamp', ended),
  },
  {
    title: 'an older timestamp than the client has seen',
    python: 'BadVersionNumberError',
    change: async (metadata, old) =>
      await cp(path.join(old, 'timestamp.json'), path.join(metadata, 'timestamp.json')),
  },
  {
    title: 'a snapshot of another state',
    python: 'LengthOrHashMismatchError',
    change: async (metadata, old) =>
      await cp(path.join(old, '1.snapshot.json'), path.join(metadata, '2.snapshot.json')),
  },
  {
    title: 'targets of another state',
    python: 'LengthOrHashMismatchError',
    change: async (metadata, old) =>
      await cp(path.join(old, '1.targets.json'), path.join(metadata, '2.targets.json')),
  },
  {
    title: 'a snapshot that is cut',
    python: 'LengthOrHashMismatchError',
    change: async (metadata) => await truncate(path.join(metadata, '2.snapshot.json'), 100),
  },
  {
    title: 'targets that are missing',
    python: 'DownloadHTTPError',
    change: async (metadata) => await rm(path.join(metadata, '2.targets.json')),
  },
  {
    title: 'a root that the old keys did not sign',
    python: 'UnsignedMetadataError',
    change: async (metadata) => {
      const first = JSON.parse(await readFile(path.join(metadata, '1.root.json'), 'utf8')) as {
        signed: Record<string, unknown>;
      };
      const signed = { ...first.signed, version: 2 };
      await writeFile(path.join(metadata, '2.root.json'), metadataBytes(signed, []));
    },
  },
  {
    title: 'a timestamp that does not end',
    python: 'DownloadLengthMismatchError',
    change: async (metadata) =>
      await writeFile(path.join(metadata, 'timestamp.json'), Buffer.alloc(2 ** 20, ' ')),
  },
];

test('a client that knows the good state: what python-tuf refuses, we refuse', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-refused-'));
  const directory = path.join(dir.path, 'repository');
  const now = new Date();
  const root = await testRoot(now);
  const publisher = await testPublisher(directory, { now, root });
  await initRepository(publisher);
  const old = path.join(dir.path, 'old');
  await cp(path.join(directory, 'metadata'), old, { recursive: true });
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  await publishRelease({ ...publisher, folder, packs: [] });
  await refreshRepository(publisher);
  const before = await client(directory, root, null);

  await Promise.all(
    ATTACKS.map(async (attack, index) => {
      const place = path.join(dir.path, String(index));
      const attacked = path.join(place, 'repository');
      await cp(directory, attacked, { recursive: true });
      await using server = await serveDirectory(attacked);
      const python = await pythonIn(place, root, server.address);
      const names = [fileName(digest, 'manifest.json')];
      // The client has seen the good state, but keeps nothing of it beside the timestamp: it has to read all again.
      t.truthy((await python(names)).targets, attack.title);
      for (const file of ['snapshot.json', 'targets.json']) {
        await rm(path.join(place, 'trusted/cache', file));
      }
      await attack.change(path.join(attacked, 'metadata'), old);
      t.is((await python(names)).refused, attack.python, attack.title);
      await t.throwsAsync(
        client(attacked, root, before.known),
        { code: 'UNTRUSTED' },
        attack.title,
      );
    }),
  );
});

test('a target that is swapped, cut or longer is refused by python-tuf too', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-refused-'));
  const directory = path.join(dir.path, 'repository');
  const now = new Date();
  const root = await testRoot(now);
  const publisher = await testPublisher(directory, { now, root });
  await initRepository(publisher);
  const { folder, digest } = await makeTestRelease(dir.path, '1.0.0', 0.1);
  const { repository } = await publishRelease({ ...publisher, folder, packs: [] });
  const target = path.join(directory, repository.releases[0]?.bootConfig.path ?? '');
  const bytes = await readFile(target);
  await using server = await serveDirectory(directory);
  const python = await pythonIn(dir.path, root, server.address);
  const changes = [Buffer.from(bytes).fill('x'), bytes.subarray(1), Buffer.concat([bytes, bytes])];
  for (const changed of changes) {
    await writeFile(target, changed);
    t.truthy((await python([fileName(digest, 'boot.cfg')])).refused);
  }
});

const client = async (
  directory: string,
  root: Uint8Array,
  known: Parameters<typeof verifyRepository>[0]['known'],
) =>
  await verifyRepository({
    root,
    known,
    now: new Date(),
    read: metadataOf(directoryStore(directory)),
  });

async function pythonIn(place: string, root: Uint8Array, address: string) {
  const trusted = path.join(place, 'trusted');
  const downloads = path.join(place, 'downloads');
  await mkdir(trusted);
  await mkdir(downloads);
  await writeFile(path.join(trusted, 'root.json'), root);
  return async (names: readonly string[]) =>
    await runTufClient({ address, trusted, downloads, names });
}

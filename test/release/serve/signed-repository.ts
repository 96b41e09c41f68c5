import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { ed25519Key, keyId } from '../../../src/release/metadata/key-id.ts';
import { fileName, storedPath } from '../../../src/release/metadata/target-name.ts';
import { metadataBytes, payloadOf } from '../../../src/release/repository/sign-metadata.ts';

const DAY_MS = 24 * 3_600_000;

/** A signer of every role, and what it signs, as a publisher would send it. */
export interface SignedRepository {
  readonly root: Uint8Array;
  /** Paths and bytes of one state, blobs first and the timestamp last; each state lists the releases before it too. */
  readonly state: (version: number) => Map<string, Uint8Array>;
}

export function signedRepository(): SignedRepository {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const key = ed25519Key(raw);
  const id = keyId({ ...key, keyval: { ...key.keyval } });
  const role = { keyids: [id], threshold: 1 };
  const seal = (signed: object): Uint8Array => signedBytes(signed, id, privateKey);
  const common = (version: number, days: number) => ({
    spec_version: '1.0.31',
    version,
    expires: `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19)}Z`,
  });
  const root = seal({
    _type: 'root',
    ...common(1, 300),
    consistent_snapshot: true,
    keys: { [id]: key },
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  });
  return {
    root,
    state: (version) => {
      const files = new Map<string, Uint8Array>();
      const targets = Object.fromEntries(
        Array.from({ length: version }, (_, index) => releaseTargets(index + 1, files)).flat(),
      );
      const listed = (bytes: Uint8Array) => ({
        version,
        length: bytes.length,
        hashes: { sha256: sha256(bytes) },
      });
      const targetsFile = seal({ _type: 'targets', ...common(version, 100), targets });
      const snapshot = seal({
        _type: 'snapshot',
        ...common(version, 30),
        meta: { 'targets.json': listed(targetsFile) },
      });
      const timestamp = seal({
        _type: 'timestamp',
        ...common(version, 7),
        meta: { 'snapshot.json': listed(snapshot) },
      });
      files.set('metadata/1.root.json', root);
      files.set(`metadata/${version}.targets.json`, targetsFile);
      files.set(`metadata/${version}.snapshot.json`, snapshot);
      files.set('metadata/timestamp.json', timestamp);
      return files;
    },
  };
}

function releaseTargets(
  release: number,
  files: Map<string, Uint8Array>,
): readonly (readonly [string, object])[] {
  const manifest = Buffer.from(`{"release":${release}}`);
  const digest = `sha256:${sha256(manifest)}`;
  const add = (name: string, bytes: Uint8Array, kind: string) => {
    files.set(storedPath(name, sha256(bytes)), bytes);
    const custom = { kind, release: digest };
    return [name, { length: bytes.length, hashes: { sha256: sha256(bytes) }, custom }] as const;
  };
  return [
    add(fileName(digest, 'manifest.json'), manifest, 'release'),
    add(fileName(digest, 'boot.cfg'), Buffer.from(`boot ${release}`), 'boot'),
    add(fileName(digest, 'boot.sum'), Buffer.from(`sum ${release}`), 'boot'),
    add(fileName(digest, 'image.blocks'), Buffer.from(`blocks ${release}`), 'blocks'),
    add(fileName(digest, 'image.zst'), Buffer.alloc(300_000, release), 'image'),
  ];
}

function signedBytes(signed: object, keyid: string, privateKey: KeyObject): Uint8Array {
  const sig = sign(null, payloadOf(signed), privateKey).toString('hex');
  return metadataBytes(signed, [{ keyid, sig }]);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

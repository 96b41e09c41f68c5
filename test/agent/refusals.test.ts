import { hash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { AgentStatus } from '../../src/agent/status.ts';
import { haltRelease } from '../../src/release/repository/halt-release.ts';
import { signMetadata } from '../../src/release/repository/sign-metadata.ts';
import { keyIdOf } from '../../src/release/repository/signer.ts';
import { testKey } from '../../src/release/repository/testing/test-keys.ts';
import { ROOT_BYTES } from './file-node.ts';
import { holds, startFileScene, type FileScene } from './file-scene.ts';
import { ask, withAgent } from './run-daemon.ts';
import { untilStatus } from './until-status.ts';

const DAY_MS = 24 * 3600 * 1000;

interface Refusal {
  readonly name: string;
  /** @returns the body of `prepare` */
  readonly ready: (scene: FileScene) => Promise<{ readonly release: string }>;
  readonly code: string;
  readonly message: RegExp;
  readonly clock?: () => Date;
}

/** Nothing of the node's disk changes by any of these. */
const REFUSALS: readonly Refusal[] = [
  {
    name: 'for another architecture',
    ready: async (scene) => ({ release: (await scene.publish('1.0.2', { arch: 'arm64' })).digest }),
    ...{ code: 'REFUSED', message: /for arm64, this machine is amd64/ },
  },
  {
    name: 'too large for the slot',
    ready: async (scene) => ({ release: (await scene.publish('1.0.2', {}, 4.5)).digest }),
    ...{ code: 'REFUSED', message: new RegExp(`the root partition ${ROOT_BYTES}`) },
  },
  {
    name: 'of another image',
    ready: async (scene) => ({ release: (await scene.publish('1.0.2', { name: 'other' })).digest }),
    ...{ code: 'REFUSED', message: /one of "other", this node runs "demo"/ },
  },
  {
    name: 'older than what runs',
    ready: async (scene) => ({ release: (await scene.publish('1.0.0')).digest }),
    ...{ code: 'REFUSED', message: /epoch 0 is older than epoch 1/ },
  },
  {
    name: 'halted by its publisher',
    async ready(scene) {
      const { digest } = await scene.publish('1.0.2');
      await haltRelease({ ...scene.publisher, release: digest, reason: 'it loses data' });
      return { release: digest };
    },
    ...{ code: 'RELEASE_HALTED', message: /was halted/ },
  },
  {
    name: 'in metadata that a thief signed',
    async ready(scene) {
      const { digest } = await scene.publish('1.0.2');
      await resign(scene, 'thief');
      return { release: digest };
    },
    ...{ code: 'UNTRUSTED', message: /timestamp\.json/ },
  },
  {
    name: 'in metadata that has ended',
    ready: async (scene) => ({ release: (await scene.publish('1.0.2')).digest }),
    clock: () => new Date(Date.now() + 30 * DAY_MS),
    ...{ code: 'UNTRUSTED', message: /timestamp\.json ended at/ },
  },
  {
    name: 'whose manifest is damaged',
    ready: async (scene) => await damaged(scene, 'manifest.json'),
    ...{ code: 'RELEASE_INVALID', message: /manifest\.json stays damaged/ },
  },
  {
    name: 'whose block table is damaged',
    ready: async (scene) => await damaged(scene, 'image.blocks'),
    ...{ code: 'RELEASE_INVALID', message: /image\.blocks stays damaged/ },
  },
  {
    name: 'whose boot configuration is damaged',
    ready: async (scene) => await damaged(scene, 'boot.cfg'),
    ...{ code: 'RELEASE_INVALID', message: /boot\.cfg stays damaged/ },
  },
];

async function resign({ directory }: FileScene, word: string): Promise<void> {
  const file = path.join(directory, 'repository/metadata/timestamp.json');
  const { signed } = JSON.parse(await readFile(file, 'utf8')) as { signed: object };
  const role = { name: word, keyids: [keyIdOf(testKey(word).publicKey)], threshold: 1 };
  await writeFile(file, await signMetadata(signed, [role], [testKey(word)]));
}

/** @returns the file of a release in the repository */
async function targetOf({ directory }: FileScene, digest: string, name: string): Promise<string> {
  const targets = path.join(directory, 'repository/targets');
  const named = `.${digest.slice('sha256:'.length, 'sha256:'.length + 24)}.${name}`;
  const file = (await readdir(targets)).find((one) => one.endsWith(named));
  if (file === undefined) throw new Error(`no ${name}`);
  return path.join(targets, file);
}

async function damaged(scene: FileScene, name: string): Promise<{ readonly release: string }> {
  const { digest } = await scene.publish('1.0.2');
  await damage(await targetOf(scene, digest, name), 10);
  return { release: digest };
}

async function damage(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.write('damage', at);
  await writeFile(file, bytes);
}

const failed = (t: ExecutionContext, { last }: AgentStatus): { code: string; message: string } => {
  t.is(last?.outcome, 'failed');
  return last?.error ?? { code: 'none', message: '' };
};

for (const { name, ready, code, message, clock = () => new Date() } of REFUSALS) {
  test(`a release ${name} is refused before anything is written, and status says why`, async (t) => {
    await using scene = await startFileScene();
    const { node } = scene;
    const body = await ready(scene);
    const work = async (): Promise<void> => {
      const before = await sumsOf(scene);
      const status = await ask(node, 'POST /v1/prepare', body);
      const said = failed(t, status);
      t.is(said.code, code, said.message);
      t.regex(said.message, message);
      t.deepEqual(await sumsOf(scene), before);
      t.is(status.slots.B.state, 'empty');
    };
    await withAgent(node, work, { clock });
    t.deepEqual(await node.boot(), { slot: 'A', release: scene.one.digest });
  });
}

/** Of all that must not change. */
async function sumsOf({ node }: FileScene): Promise<string[]> {
  const files = await Promise.all((['A', 'B'] as const).map((slot) => node.bootFiles(slot)));
  const roots = [node.rootDevice('A'), node.rootDevice('B')];
  const bytes = [
    ...files.map((file) => file.bytes),
    ...(await Promise.all(roots.map((root) => readFile(root)))),
  ];
  return bytes.map((one) => hash('sha256', one));
}

test('a damaged block ends the work before the slot can boot; when the server is mended, only that is fetched', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  const { digest, image, ...two } = await scene.publish('1.0.2');
  const file = await targetOf(scene, digest, 'image.zst');
  const good = await readFile(file);
  await damage(file, good.length - 1000);
  await withAgent(node, async () => {
    const status = await ask(node, 'POST /v1/prepare', { release: digest });
    t.regex(failed(t, status).code, /^(NETWORK|RELEASE_INVALID)$/);
    t.is(status.slots.B.state, 'writing');
    t.deepEqual((await node.slots()).B, { ok: false, tries: 0 });
    const refused = ask(node, 'POST /v1/activate', { release: digest });
    await t.throwsAsync(refused, { code: 'REFUSED', message: /it is writing/ });
  });
  t.is((await node.boot()).slot, 'A');
  await writeFile(file, good);
  await withAgent(node, async () => {
    const { last } = await ask(node, 'POST /v1/prepare', { release: digest });
    t.is(last?.outcome, 'done');
  });
  t.true(await holds(node, 'B', { digest, image, ...two }));
  t.true(await holds(node, 'A', scene.one));
});

test('metadata that ended is not in the way of going on with what was verified, nor of going back', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  const two = await scene.publish('1.0.2');
  const three = await scene.publish('1.0.3');
  const file = await targetOf(scene, two.digest, 'image.zst');
  const good = await readFile(file);
  await damage(file, good.length - 1000);
  await withAgent(
    node,
    async () => void (await ask(node, 'POST /v1/prepare', { release: two.digest })),
  );
  await writeFile(file, good);
  const clock = (): Date => new Date(Date.now() + 30 * DAY_MS);
  const goOn = async (): Promise<void> => {
    const other = await ask(node, 'POST /v1/prepare', { release: three.digest });
    t.regex(failed(t, other).message, /ended at/);
    const { last } = await ask(node, 'POST /v1/prepare', { release: two.digest });
    t.is(last?.outcome, 'done', last?.error?.message);
    await ask(node, 'POST /v1/activate', { release: two.digest });
  };
  await withAgent(node, goOn, { clock });
  t.is((await node.boot()).slot, 'B');
  const goBack = async (): Promise<void> => {
    await untilStatus(node.socket, ({ trial }) => trial === null);
    await ask(node, 'POST /v1/rollback');
  };
  await withAgent(node, goBack, { clock });
  t.deepEqual(await node.boot(), { slot: 'A', release: scene.one.digest });
});

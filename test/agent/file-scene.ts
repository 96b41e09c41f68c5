import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { fetchForAgent } from '../../src/agent/fetcher/fetch-for-agent.ts';
import type { CheckResult } from '../../src/agent/health/health-check.ts';
import { MessagePipe } from '../../src/agent/message-pipe.ts';
import type { Manifest } from '../../src/release/manifest.ts';
import { initRepository } from '../../src/release/repository/init-repository.ts';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import type { Publisher } from '../../src/release/repository/publisher.ts';
import {
  makeOtherRelease,
  type TestRelease,
} from '../../src/release/repository/testing/test-release.ts';
import { testPublisher, testRoot } from '../../src/release/repository/testing/test-repository.ts';
import { originOf, serveFiles, type Handler, type Origin } from '../release/fetch/origin.ts';
import { healthPolicy, makeFileNode, padded, type FileNode } from './file-node.ts';
import { listenAsSystemd } from './listen-as-systemd.ts';

const NAME = 'demo';
export const MEBIBYTES = 2.5;

/** A published release, with its root image. */
export interface SceneRelease extends TestRelease {
  readonly image: Buffer;
}

/** A node of files, the repository that it trusts, on a real server, and what systemd would start for its agent. */
export interface FileScene extends AsyncDisposable {
  readonly directory: string;
  readonly node: FileNode;
  readonly origin: Origin;
  /** What it runs at first. */
  readonly one: SceneRelease;
  /** Publishes another one; its epoch is the last number of the version. */
  publish(version: string, change?: Partial<Manifest>, mebibytes?: number): Promise<SceneRelease>;
  readonly publisher: Publisher;
  /** What checks for health say from now on, at first good. A trial that begins where they fail is given up at once. */
  setHealth(isHealthy: boolean): Promise<void>;
}

export interface SceneOptions {
  /** What happens to requests, around serving the repository. */
  readonly around?: (serve: Handler) => Handler;
  readonly fetcher?: (socket: Socket) => Promise<void>;
  /** When the repository is made and signed. */
  readonly now?: Date;
}

export async function startFileScene(options: SceneOptions = {}): Promise<FileScene> {
  const {
    around = (serve) => serve,
    fetcher = async (socket) => await fetchForAgent(socket),
    now = new Date(),
  } = options;
  await using stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(await mkdtempDisposable('/var/tmp/kubeos-file-node-'));
  const repository = path.join(directory, 'repository');
  const root = await testRoot(now);
  const publisher = await testPublisher(repository, { now, root });
  await initRepository(publisher);
  const publish: FileScene['publish'] = async (version, change = {}, mebibytes = MEBIBYTES) => {
    const described = { version, mebibytes, change: { name: NAME, ...change } };
    const release = await makeOtherRelease(directory, described);
    await publishRelease({ ...publisher, folder: release.folder, packs: [] });
    return { ...release, image: await readFile(path.join(release.folder, 'root.img')) };
  };
  const one = await publish('1.0.1');
  const origin = stack.use(await originOf(around(serveFiles(repository))));
  const node = await makeFileNode(path.join(directory, 'node'), {
    ...{ name: NAME, root: one.image, release: one.folder },
    repository: { url: origin.url, root },
  });
  stack.use(await listenAsSystemd(node.places.fetcher, fetcher));
  const state = { isHealthy: true };
  stack.use(await listenAsSystemd(node.places.health, async (socket) => await look(socket, state)));
  const held = stack.move();
  return {
    ...{ directory, node, origin, one, publish, publisher },
    async setHealth(isHealthy) {
      state.isHealthy = isHealthy;
      await writeFile(node.places.healthPolicy, healthPolicy(isHealthy ? 20 : 1));
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

async function look(socket: Socket, state: { readonly isHealthy: boolean }): Promise<void> {
  const pipe = new MessagePipe(socket);
  while ((await pipe.next()) !== null) {
    const result: CheckResult = {
      ...{ name: 'by order', isGood: state.isHealthy, isRequired: true, blames: 'release' },
      message: state.isHealthy ? 'good' : 'unhealthy by order',
    };
    await pipe.send([result]);
  }
}

/** Whether a root partition holds this image, byte for byte, and BOOT what belongs to it. */
export async function holds(
  node: FileNode,
  slot: 'A' | 'B',
  release: SceneRelease,
): Promise<boolean> {
  const { bytes } = await node.bootFiles(slot);
  const configuration = await readFile(path.join(release.folder, 'boot.cfg'));
  const sums = await readFile(path.join(release.folder, 'boot.sum'));
  if (!bytes.equals(Buffer.concat([configuration, sums]))) return false;
  return (await readFile(node.rootDevice(slot))).equals(padded(release.image));
}

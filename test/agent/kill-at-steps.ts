import test, { type ExecutionContext } from 'ava';
import { askStatus } from '../../src/agent/client/ask-agent.ts';
import type { FileNode } from './file-node.ts';
import { holds, startFileScene, type FileScene, type SceneRelease } from './file-scene.ts';
import { ask, bundleDaemon, startDaemon, whenUp, withAgent, type Daemon } from './run-daemon.ts';
import { untilStatus } from './until-status.ts';

interface Killed {
  readonly scene: FileScene;
  readonly node: FileNode;
  readonly two: SceneRelease;
}

/** Something that the daemon does, asked for or by itself, and that the same asking finishes when it was killed. */
interface Act {
  readonly name: string;
  /** What happens before; each step is finished. */
  readonly before: (given: Killed) => Promise<void>;
  readonly act: (given: Killed) => Promise<void>;
  readonly check: (t: ExecutionContext, given: Killed) => Promise<void>;
}

const prepare = async ({ node, two }: Killed): Promise<void> => {
  const { last } = await ask(node, 'POST /v1/prepare', { release: two.digest });
  if (last?.outcome !== 'done') throw new Error(JSON.stringify(last));
};
const activate = async ({ node, two }: Killed): Promise<void> =>
  void (await ask(node, 'POST /v1/activate', { release: two.digest }));

async function until({ node }: Killed, isSo: (state: string, failed: number) => boolean) {
  await untilStatus(node.socket, ({ slots, booted, failed }) =>
    isSo(slots[booted].state, failed.length),
  );
}

async function tried(given: Killed): Promise<void> {
  await prepare(given);
  await activate(given);
}

const ACTS: readonly Act[] = [
  {
    name: 'its first start',
    before: async () => undefined,
    act: async (given) => await until(given, (state) => state === 'good'),
    check: async (t, { node }) => void t.is((await askStatus(node.socket)).slots.B.state, 'empty'),
  },
  {
    name: 'preparing',
    before: async () => undefined,
    act: prepare,
    check: async (t, { node, two }) => {
      t.true(await holds(node, 'B', two));
      t.is((await askStatus(node.socket)).slots.B.state, 'written');
    },
  },
  {
    name: 'activating',
    before: prepare,
    act: activate,
    check: async (t, { node }) => void t.is((await node.slots()).order, 'B A'),
  },
  {
    name: 'taking an activation back',
    before: tried,
    act: async ({ node }) => void (await ask(node, 'DELETE /v1/activation')),
    check: async (t, { node }) => void t.is((await node.boot()).slot, 'A'),
  },
  {
    name: 'a trial that it commits',
    async before(given) {
      await tried(given);
      await given.node.boot();
    },
    act: async (given) => await until(given, (state) => state === 'good'),
    check: async (t, { node, two }) => {
      t.deepEqual((await node.slots()).B, { ok: true, tries: 0 });
      t.true(await holds(node, 'B', two));
    },
  },
  {
    name: 'a trial that it refuses',
    async before(given) {
      await tried(given);
      await given.node.boot();
      await given.scene.setHealth(false);
    },
    act: async (given) => await until(given, (_, failed) => failed === 1),
    check: async (t, { node, two }) => {
      t.is((await askStatus(node.socket)).failed[0]?.digest, two.digest);
      // The first try is used up; so are the others.
      for (const slot of ['B', 'B', 'A'] as const) t.is((await node.boot()).slot, slot);
    },
  },
  {
    name: 'rolling back',
    async before(given) {
      await tried(given);
      await given.node.boot();
    },
    async act(given) {
      await until(given, (state) => state === 'good');
      await ask(given.node, 'POST /v1/rollback');
    },
    check: async (t, { node, scene }) => {
      t.deepEqual(await node.boot(), { slot: 'A', release: scene.one.digest });
    },
  },
];

/** @returns whether it was killed before it came to its end */
async function actsUntilKilled(act: Act, given: Killed, killAt: number): Promise<boolean> {
  const daemon = startDaemon(given.node, { directory: given.scene.directory, killAt });
  await runAct(act, given, daemon).catch(async (error: unknown) => {
    if ((await daemon.ended) !== 'SIGKILL') throw error;
  });
  await daemon.stop();
  return (await daemon.ended) === 'SIGKILL';
}

async function runAct({ act }: Act, given: Killed, daemon: Daemon): Promise<void> {
  await whenUp(given.node, daemon);
  await act(given);
}

/**
 * Declares a test for each thing that the daemon does: killed at a step of it, it is started again and finishes it, and slots are
 * right byte for byte. Every n-th step, beginning with another one for each act.
 */
export function killAtSteps(everyNth: number): void {
  for (const [index, act] of ACTS.entries()) {
    test(`a daemon that is killed at a step of ${act.name} is started again, and finishes it`, async (t) => {
      await using scene = await startFileScene();
      const { node } = scene;
      const given = { scene, node, two: await scene.publish('1.0.2') };
      await bundleDaemon(scene.directory);
      await withAgent(node, async () => await act.before(given));
      await node.keep();
      let killed = 0;
      let step = 1 + (index % everyNth);
      for (; await actsUntilKilled(act, given, step); step += everyNth) {
        killed += 1;
        await withAgent(node, async () => {
          await act.act(given);
          t.true(await holds(node, 'A', scene.one), `step ${step}: slot A`);
          await act.check(t, given);
        });
        await node.restore();
      }
      t.log(`killed at ${killed} of its steps, there are less than ${step}`);
      t.true(killed > 0);
    });
  }
}

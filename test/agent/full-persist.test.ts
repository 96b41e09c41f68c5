import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { AgentStatus } from '../../src/agent/status.ts';
import { holds, startFileScene, type FileScene } from './file-scene.ts';
import { mountSmallPersist, type Scarce } from './full-persist.ts';
import { ask, withAgent } from './run-daemon.ts';
import { untilStatus } from './until-status.ts';

async function done(scene: FileScene, call: string, body?: object): Promise<void> {
  const { last } = await ask(scene.node, call, body);
  if (last?.outcome !== 'done') throw new Error(`${call}: ${JSON.stringify(last)}`);
}

async function upgrade(scene: FileScene, release: string): Promise<void> {
  await done(scene, 'POST /v1/prepare', { release });
  await done(scene, 'POST /v1/activate', { release });
}

/** What is in memory is lost. */
async function restart({ node }: FileScene): Promise<'A' | 'B'> {
  await rm(path.join(node.directory, 'run/slots.json'), { force: true });
  await rm(path.join(node.directory, 'run/last-result.json'), { force: true });
  return (await node.boot()).slot;
}

const isGood = ({ slots, booted }: AgentStatus): boolean => slots[booted].state === 'good';

for (const scarce of ['room', 'files'] satisfies Scarce[]) {
  for (const wasEmpty of [true, false]) {
    const since = wasEmpty ? 'since its first start' : 'from the beginning';
    test(`a PERSIST without ${scarce} left ${since} keeps nothing from being done`, async (t) => {
      if (userInfo().uid !== 0) {
        t.pass('only root can mount a small file system');
        return;
      }
      await using scene = await startFileScene();
      const { node } = scene;
      const two = await scene.publish('1.0.2');
      const sick = await scene.publish('1.0.3');
      await using persist = await mountSmallPersist(path.join(node.directory, 'persist'), scarce);
      if (wasEmpty)
        await withAgent(node, async () => void (await untilStatus(scene.node.socket, isGood)));
      await persist.fill();
      await withAgent(node, async () => await upgrade(scene, two.digest));
      t.is(await restart(scene), 'B', 'activated');
      await withAgent(node, async () => void (await untilStatus(scene.node.socket, isGood)));
      t.true(await holds(node, 'B', two));
      t.deepEqual((await node.slots()).B, { ok: true, tries: 0 }, 'committed');
      await withAgent(node, async () => await done(scene, 'POST /v1/rollback'));
      t.is(await restart(scene), 'A', 'rolled back');
      await withAgent(node, async () => await upgrade(scene, sick.digest));
      await scene.setHealth(false);
      for (const left of [2, 1, 0]) {
        t.is(await restart(scene), 'B', `${left} left`);
        await withAgent(node, async () => {
          await untilStatus(scene.node.socket, ({ failed }) =>
            failed.some(({ digest }) => digest === sick.digest),
          );
        });
      }
      t.is(await restart(scene), 'A', 'fell back');
      await withAgent(node, async () => {
        const { slots, failed } = await untilStatus(scene.node.socket, isGood);
        t.is(slots.B.state, wasEmpty ? 'bad' : 'unknown');
        t.is(failed.length, wasEmpty ? 1 : 0);
      });
      // Nothing of this made room.
      await t.throwsAsync(async () => await persist.more(), { code: 'ENOSPC' });
    });
  }
}

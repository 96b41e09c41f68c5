import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { askStatus } from '../../src/agent/client/ask-agent.ts';
import { holds, startFileScene, type FileScene, type SceneRelease } from './file-scene.ts';
import { ask, withAgent } from './run-daemon.ts';
import { untilStatus } from './until-status.ts';

const YEARS_MS = 20 * 365 * 24 * 3600 * 1000;

async function prepareAndBoot({ node }: FileScene, { digest }: SceneRelease): Promise<void> {
  await withAgent(node, async () => {
    const { last } = await ask(node, 'POST /v1/prepare', { release: digest });
    if (last?.outcome !== 'done') throw new Error(JSON.stringify(last));
    await ask(node, 'POST /v1/activate', { release: digest });
  });
  await node.boot();
}

async function untilCommitted({ node }: FileScene): Promise<void> {
  await untilStatus(node.socket, ({ trial }) => trial === null);
}

const LOSSES: readonly (readonly [string, (persist: string) => Promise<void>])[] = [
  ['lost', async (persist) => await rm(persist, { recursive: true })],
  [
    'full of garbage',
    async (persist) => {
      const file = path.join(persist, 'kubeos/slots.json');
      await writeFile(file, Buffer.alloc((await readFile(file)).length, '{"records":'));
    },
  ],
];

for (const [name, lose] of LOSSES) {
  test(`where the agent's state is ${name}, slots are unknown, what runs stays, and the next upgrade works`, async (t) => {
    await using scene = await startFileScene();
    const { node } = scene;
    const two = await scene.publish('1.0.2');
    const three = await scene.publish('1.0.3');
    await prepareAndBoot(scene, two);
    await withAgent(node, async () => await untilCommitted(scene));
    await lose(path.join(node.directory, 'persist'));
    await withAgent(node, async () => {
      const { slots, booted } = await askStatus(node.socket);
      t.is(booted, 'B');
      t.is(slots.B.state, 'good');
      t.is(slots.A.state, 'unknown');
    });
    t.true(await holds(node, 'A', scene.one));
    t.true(await holds(node, 'B', two));
    await prepareAndBoot(scene, three);
    await withAgent(node, async () => await untilCommitted(scene));
    t.deepEqual(await node.boot(), { slot: 'A', release: three.digest });
    t.true(await holds(node, 'B', two));
  });
}

test('a clock that is twenty years behind is not believed: the image is younger', async (t) => {
  await using scene = await startFileScene();
  const two = await scene.publish('1.0.2');
  const { node } = scene;
  const clock = (): Date => new Date(Date.now() - YEARS_MS);
  const prepare = async (): Promise<string | undefined> => {
    let code: string | undefined;
    await withAgent(
      node,
      async () => {
        const { last } = await ask(node, 'POST /v1/prepare', { release: two.digest });
        code = last?.error?.code ?? last?.outcome;
      },
      { clock },
    );
    return code;
  };
  const old = new Date(Date.now() - YEARS_MS);
  const now = new Date();
  // Where nothing tells the time, what would be valid for years to come is refused.
  await utimes(node.places.clockEpoch, old, old);
  t.is(await prepare(), 'UNTRUSTED');
  await utimes(node.places.clockEpoch, now, now);
  t.is(await prepare(), 'done');
  // From here on the last trusted metadata tells it.
  await utimes(node.places.clockEpoch, old, old);
  t.is(await prepare(), 'done');
  t.true(await holds(node, 'B', two));
});

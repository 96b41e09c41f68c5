import test from 'ava';
import { askAgent } from '../../src/agent/client/ask-agent.ts';
import type { FileNode } from './file-node.ts';
import { startFileScene, type FileScene } from './file-scene.ts';
import { ask, bundleDaemon, startDaemon, whenUp, withAgent } from './run-daemon.ts';
import { untilStatus } from './until-status.ts';

const askProxy = async ({ proxySocket: socket }: FileNode, path: string, body?: object) =>
  await askAgent({ socket, method: 'POST', path, ...(body !== undefined && { body }) });

/** A node in the first boot of a new release, whose commit is held. */
async function startTrial(holdCommitSeconds: number): Promise<FileScene> {
  const scene = await startFileScene();
  const { node } = scene;
  const two = await scene.publish('1.0.2');
  await withAgent(node, async () => {
    await ask(node, 'POST /v1/prepare', { release: two.digest });
    await askProxy(node, '/v1/activate', { release: two.digest, holdCommitSeconds });
  });
  await node.boot();
  return scene;
}

const COMMITTED = { ok: true, tries: 0 };
const ON_TRIAL = { ok: false, tries: 2 };

test('a healthy release is left to who activated it, says until when, and commits at once when it is told to', async (t) => {
  await using scene = await startTrial(600);
  const { node } = scene;
  await withAgent(node, async () => {
    await t.throwsAsync(askProxy(node, '/v1/commit'), { message: /has not passed yet/ });
    const { trial } = await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    t.deepEqual(trial?.failing, []);
    t.true(Date.parse(trial?.commitsAt ?? '') > Date.now());
    t.deepEqual((await node.slots()).B, ON_TRIAL);
    await askProxy(node, '/v1/commit');
    t.deepEqual((await node.slots()).B, COMMITTED);
    await untilStatus(node.socket, ({ slots, trial: left }) => slots.B.state === 'good' && !left);
  });
});

test('when nobody comes it commits by itself', async (t) => {
  await using scene = await startTrial(10);
  const { node } = scene;
  await withAgent(node, async () => {
    await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    await untilStatus(node.socket, ({ slots }) => slots.B.state === 'good');
    t.deepEqual((await node.slots()).B, COMMITTED);
  });
});

test('what turns bad while it is held is judged anew, and is not committed', async (t) => {
  await using scene = await startTrial(600);
  const { node } = scene;
  await withAgent(node, async () => {
    await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    await scene.setHealth(false);
    await untilStatus(node.socket, ({ failed }) => failed.length === 1);
    t.deepEqual((await node.slots()).B, ON_TRIAL);
    await t.throwsAsync(askProxy(node, '/v1/commit'), { message: /has not passed yet/ });
  });
});

test('who asks for the way back while it is held gets it: a commit of the cluster does not take that back', async (t) => {
  await using scene = await startTrial(600);
  const { node } = scene;
  await withAgent(node, async () => {
    await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    await ask(node, 'POST /v1/rollback');
    await t.throwsAsync(askProxy(node, '/v1/commit'), { message: /slot A is to boot next/ });
    t.is((await node.slots()).order, 'A B');
    await ask(node, 'DELETE /v1/activation');
    await askProxy(node, '/v1/commit');
    t.is((await node.slots()).order, 'B A');
    t.deepEqual((await node.slots()).B, COMMITTED);
  });
});

test('an agent that starts after that, before the restart, does not take it back either', async (t) => {
  await using scene = await startTrial(600);
  const { node } = scene;
  await withAgent(node, async () => {
    await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    await ask(node, 'POST /v1/rollback');
  });
  await withAgent(node, async () => {
    await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    await t.throwsAsync(askProxy(node, '/v1/commit'), { message: /slot A is to boot next/ });
    t.is((await node.slots()).order, 'A B');
  });
  t.is((await node.boot()).slot, 'A');
});

test('an agent that is ended while it holds begins the hold anew, and forgets nothing of it', async (t) => {
  await using scene = await startTrial(600);
  const { node, directory } = scene;
  await bundleDaemon(directory);
  for (let start = 0; start < 2; start += 1) {
    await using daemon = startDaemon(node, { directory });
    await whenUp(node, daemon);
    await untilStatus(node.socket, (status) => status.trial?.commitsAt != null);
    t.deepEqual((await node.slots()).B, ON_TRIAL);
  }
});

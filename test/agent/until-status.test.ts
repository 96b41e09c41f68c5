import path from 'node:path';
import test from 'ava';
import { startFileScene } from './file-scene.ts';
import { withAgent } from './run-daemon.ts';
import { untilStatus, untilUp } from './until-status.ts';

test('waiting for what a daemon does not come to ends, with its status', async (t) => {
  await using scene = await startFileScene();
  const { socket } = scene.node;
  await withAgent(scene.node, async () => {
    await t.throwsAsync(
      untilStatus(socket, () => false, 100),
      { message: /did not come to it: \{.*"booted":"A"/ },
    );
    const { slots } = await untilStatus(socket, (status) => status.slots.A.state === 'good');
    t.is(slots.A.release?.digest, scene.one.digest);
  });
  const gone = path.join(scene.directory, 'gone');
  await t.throwsAsync(
    untilUp(gone, () => true),
    { message: 'the daemon has ended' },
  );
  await t.throwsAsync(
    untilUp(gone, () => false, 50),
    { message: 'the daemon does not answer' },
  );
});

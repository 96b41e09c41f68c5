import test, { type ExecutionContext } from 'ava';
import { holds, type SceneRelease } from '../agent/file-scene.ts';
import type { MachineOptions } from './machine.ts';
import { startInstalledCluster, startProxyScene, type ProxyScene } from './proxy-scene.ts';

/** @returns whether its proxy was killed before the run came to its end */
async function runUntilCommitted(
  t: ExecutionContext,
  scene: ProxyScene,
  { two, kill }: { readonly two: SceneRelease; readonly kill: NonNullable<MachineOptions['kill']> },
): Promise<boolean> {
  const { files } = scene;
  // A proxy that finds the run before, and the node without its release, would begin that one anew.
  await scene.allow(null);
  await using machine = scene.start({ kill });
  await scene.begin({ target: { version: '1.0.2', digest: two.digest } });
  await scene.reaches('prepared');
  const { status } = await scene.switchOver();
  const point = `boot ${kill.boot}, ${kill.when} ${kill.at}`;
  t.is(status.booted?.digest, two.digest, point);
  t.deepEqual(machine.restarts, ['B'], `${point}: restarted once`);
  t.deepEqual((await files.node.slots()).B, { ok: true, tries: 0 }, point);
  t.true(await holds(files.node, 'B', two), point);
  return machine.endedProxies.includes('SIGKILL');
}

const TIMES = [0, 1].flatMap((boot) =>
  (['sent', 'answered'] as const).map((when) => ({ boot, when })),
);

/** Declares a test: a proxy that is killed at every n-th of its writes is started again, and the run comes to its end. */
export function killAtWrites(everyNth: number): void {
  test('a proxy that is killed at a write of it goes on from what there is, and the node is restarted once', async (t) => {
    await using cluster = await startInstalledCluster();
    await using scene = await startProxyScene(cluster, 'n1');
    const two = await scene.files.publish('1.0.2');
    await scene.files.node.keep();
    for (const [index, { boot, when }] of TIMES.entries()) {
      let killed = 0;
      let at = 1 + (index % everyNth);
      for (; await runUntilCommitted(t, scene, { two, kill: { at, when, boot } }); at += everyNth) {
        killed += 1;
        await scene.files.node.restore();
      }
      await scene.files.node.restore();
      t.log(`${boot === 0 ? 'before' : 'after'} the restart, ${when}: killed at ${killed} writes`);
      t.true(killed > 0);
    }
  });
}

import test from 'ava';
import { restart } from './agent-scene.ts';

test('a guest that refuses to restart fails its test at once; one that ends before it has answered does not', async (t) => {
  const refusing = { run: async () => ({ exitCode: 8, output: 'somebody holds it up' }) };
  const runs = new Promise<number | null>(() => undefined);
  await t.throwsAsync(restart({ shell: refusing, machine: { exited: runs } }), {
    message: 'kubeos-agent reboot: 8: somebody holds it up',
  });
  const silent = { run: async () => await Promise.reject(new Error('did not answer')) };
  await t.notThrowsAsync(restart({ shell: silent, machine: { exited: Promise.resolve(0) } }));
});

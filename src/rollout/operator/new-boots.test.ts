import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { NewBoots } from './new-boots.ts';

const SINCE = '2026-01-01T00:00:00Z';

function view(bootID: string, allowed: 'drain' | 'activate' = 'activate', booted = {}) {
  const node = nodeSchema.parse({
    metadata: { name: 'n1', uid: 'uid', creationTimestamp: SINCE },
    status: { nodeInfo: { bootID } },
  });
  const target = { version: '2.0.0', digest: 'sha256:two' };
  const since = { prepare: SINCE };
  const instance = osInstanceSchema.parse({
    metadata: { name: 'n1' },
    spec: { run: { id: 'run', kind: 'upgrade', target, allowed, since, bootId: 'before' } },
    status: booted,
  });
  return { nodes: [node], instances: new Map([['n1', instance]]) };
}

test('a new boot counts from when it was first seen, each try of a trial anew', (t) => {
  const boots = new NewBoots();
  const at = (bootId: string, nowMs: number) => boots.heardSinceMs(view(bootId), nowMs).get('n1');
  t.is(at('before', 1), undefined);
  t.is(at('after', 2), 2);
  t.is(at('after', 3), 2);
  t.is(at('again', 4), 4);
});

test('a restart that nobody has asked for says nothing', (t) => {
  t.is(new NewBoots().heardSinceMs(view('after', 'drain'), 1).size, 0);
});

test('one into the target, before its turn, counts from when kubelet was heard in it', (t) => {
  const booted = { booted: { slot: 'B', digest: 'sha256:two', bootId: 'after' } };
  t.is(new NewBoots().heardSinceMs(view('after', 'drain', booted), 1).get('n1'), 1);
});

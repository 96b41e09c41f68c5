import test from 'ava';
import { KeptVolumes, type ClaimedVolume } from './kept-volumes.ts';
import { NODE_VOLUMES, volumesOf } from './node-volumes.ts';
import { podSchema } from './pod.ts';

const staying = (...volumes: object[]) => [
  podSchema.parse({
    metadata: { namespace: 'storage', name: 'log-1', uid: 'u' },
    spec: { volumes },
  }),
];
const claim = (claimName: string) => ({ name: 'data', persistentVolumeClaim: { claimName } });

const VOLUMES: Readonly<Record<string, ClaimedVolume>> = {
  'storage/log': { kind: 'named', name: 'disk^log' },
  'storage/log-1-scratch': { kind: 'named', name: 'disk^scratch' },
  ...{ 'storage/unbound': 'none', 'storage/old': 'unknown' },
};

async function read(claim: string): Promise<ClaimedVolume> {
  const volume = VOLUMES[claim];
  if (volume === undefined) throw new Error('forbidden');
  return volume;
}

const ATTACHED = ['disk^db', 'disk^log', 'disk^scratch'];

async function left(...volumes: object[]) {
  const troubles: string[] = [];
  const { signal } = new AbortController();
  const kept = new KeptVolumes({ read, signal, onTrouble: (why) => troubles.push(why) });
  const pods = staying(...volumes);
  await kept.learn(pods);
  return [...kept.others(ATTACHED, pods), ...troubles];
}

test('volumes of pods that stay are not waited for, those of all others are', async (t) => {
  t.deepEqual(await left(), ATTACHED);
  t.deepEqual(await left(claim('log')), ['disk^db', 'disk^scratch']);
  t.deepEqual(await left({ name: 'scratch', ephemeral: {} }), ['disk^db', 'disk^log']);
  t.deepEqual(await left(claim('unbound')), ATTACHED);
});

test('where the name of one of them cannot be told, none is waited for, and somebody is told why', async (t) => {
  t.deepEqual(await left(claim('log'), claim('old')), []);
  const [why = ''] = await left(claim('secret'));
  t.regex(why, /^volumes are not waited for, because that of storage\/secret cannot be told: /);
});

test('a volume is on a node while the controller has it attached, or kubelet has it mounted', (t) => {
  const node = NODE_VOLUMES.schema.parse({
    metadata: { name: 'n1' },
    status: { volumesInUse: ['a', 'b'], volumesAttached: [{ name: 'b', devicePath: '' }] },
  });
  t.deepEqual(volumesOf([node]), ['a', 'b']);
});

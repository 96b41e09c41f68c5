import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { osObjectSchema } from '../api/os-object.ts';
import { releaseBefore } from './release-before.ts';

const at = '2026-01-01T00:00:00Z';
const [ONE, OTHER] = [`sha256:${'1'.repeat(64)}`, `sha256:${'3'.repeat(64)}`];

const found = (...statuses: readonly object[]) => foundBy({}, ...statuses);

const foundBy = (status: object, ...statuses: readonly object[]) => {
  const names = statuses.map((_, index) => `n${index}`);
  const nodes = names.map((name) =>
    nodeSchema.parse({ metadata: { name, uid: name, creationTimestamp: at }, status: {} }),
  );
  const instances = statuses.map((status, index) => {
    const name = `n${index}`;
    return [
      name,
      osInstanceSchema.parse({ metadata: { name }, spec: { nodeUid: name }, status }),
    ] as const;
  });
  const metadata = { name: 'fleet', namespace: 'default', uid: 'uid', creationTimestamp: at };
  const os = osObjectSchema.parse({ metadata, spec: {}, status });
  const view = { instances: new Map(instances) };
  const target = releaseBefore(view, { os, nodes, version: '1.0.0' });
  return 'invalid' in target ? target.invalid.message : target.digest;
};

const slot = (state: string, digest: string) => ({ state, version: '1.0.0', digest });
const NEW = { state: 'good', version: '2.0.0', digest: 'sha256:two' };
const upgraded = (digest: string, state = 'good') => ({
  slots: { A: slot(state, digest), B: NEW },
});

test('a version that nodes go back to is the release that they have of it', (t) => {
  const back = { booted: { ...slot('good', ONE), slot: 'A', bootId: 'boot' } };
  t.is(found(upgraded(ONE), upgraded(ONE)), ONE);
  t.is(found(upgraded(ONE), back, {}), ONE, 'one is back already, one has said nothing yet');
  t.is(found(back), ONE);
});

test('what no node can go back to, or nodes have as several releases, is not guessed', (t) => {
  t.regex(found(upgraded(ONE, 'bad'), {}), /no node has 1\.0\.0 in its other slot/);
  t.regex(found(upgraded(ONE), upgraded(OTHER)), /have 2 releases 1\.0\.0/);
});

test('what nodes say once the way back has begun changes nothing, and what is no digest never counts', (t) => {
  const rollout = { version: '1.0.0', digest: ONE, startedAt: at };
  t.is(foundBy({ rollout }, upgraded(OTHER), {}), ONE);
  t.is(foundBy({ rollout: { ...rollout, version: '2.0.0', digest: OTHER } }, upgraded(ONE)), ONE);
  t.is(found(upgraded(ONE), upgraded('anything')), ONE);
});

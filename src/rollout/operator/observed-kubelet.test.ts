import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { TWO } from '../testing/test-fleet.ts';
import { observedKubelet } from './observed-kubelet.ts';

const node = (name: string, nodeInfo: object) =>
  nodeSchema.parse({
    metadata: { name, uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { nodeInfo },
  });

const instance = (name: string, digest: string, spec: object = {}) =>
  osInstanceSchema.parse({
    ...{ metadata: { name }, spec },
    status: { booted: { slot: 'B', digest, bootId: `${name}-boot` } },
  });

const found = (nodeInfo: object, digest = TWO.digest, spec: object = {}) =>
  observedKubelet(
    { instances: new Map([['n1', instance('n1', digest, spec)]]) },
    [node('n0', { bootID: 'n0-boot', kubeletVersion: 'v1.30.0' }), node('n1', nodeInfo)],
    TWO.digest,
  );

test('a release brings the kubelet that a node shows which runs it, in the boot that runs it', (t) => {
  t.is(found({ bootID: 'n1-boot', kubeletVersion: 'v1.35.0' }), 'v1.35.0');
  t.is(found({ bootID: 'before', kubeletVersion: 'v1.33.0' }), null);
  t.is(found({ bootID: 'n1-boot' }), null);
  t.is(found({ bootID: 'n1-boot', kubeletVersion: 'v1.35.0' }, 'sha256:other'), null);
  const made = { nodeUid: 'of-a-machine-before' };
  t.is(found({ bootID: 'n1-boot', kubeletVersion: 'v1.35.0' }, TWO.digest, made), null);
});

test('a release brings the kubelet that its manifest says, as soon as a node has it in a slot', (t) => {
  const slots = (kubelet: object) => ({
    A: { state: 'good', digest: 'sha256:other', kubelet: '1.33.0' },
    B: { state: 'written', digest: TWO.digest, ...kubelet },
  });
  const said = (kubelet: object, spec: object = {}): string | null =>
    observedKubelet(
      {
        instances: new Map([
          [
            'n1',
            osInstanceSchema.parse({
              metadata: { name: 'n1' },
              spec,
              status: { slots: slots(kubelet) },
            }),
          ],
        ]),
      },
      [node('n0', {}), node('n1', { bootID: 'n1-boot', kubeletVersion: 'v1.33.0' })],
      TWO.digest,
    );
  t.is(said({ kubelet: '1.35.0' }), '1.35.0');
  t.is(said({}), null);
  t.is(said({ kubelet: '1.35.0' }, { nodeUid: 'of-a-machine-before' }), null);
});

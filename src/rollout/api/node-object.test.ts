import test from 'ava';
import { CORDONED_BY, isCordonOfOperator, nodeSchema, type NodeObject } from './node-object.ts';

const nodeAt = (minute: string, annotations: Record<string, string> = {}) => {
  const lastHeartbeatTime = `2026-01-01T00:${minute}:00Z`;
  const times = { lastHeartbeatTime, lastTransitionTime: '2026-01-01T00:00:00Z' };
  return nodeSchema.parse({
    metadata: {
      ...{ name: 'n1', uid: 'uid', creationTimestamp: '2026-01-01T00:00:00Z' },
      annotations: { 'projectcalico.org/IPv4Address': minute, ...annotations },
    },
    status: {
      images: [{ names: [minute], sizeBytes: 1 }],
      conditions: [
        { type: 'DiskPressure', status: 'False', message: minute, ...times },
        { type: 'Ready', status: 'True', message: minute, ...times },
      ],
    },
  });
};

test('a kubelet that renews what it says, and others that annotate its Node, change nothing that is kept', (t) => {
  t.deepEqual(nodeAt('00'), nodeAt('05'));
});

const cordoned = (node: NodeObject): NodeObject => ({
  ...node,
  spec: { ...node.spec, unschedulable: true },
});

test('who has cordoned it is kept', (t) => {
  const node = nodeAt('00', { [CORDONED_BY]: 'uid-of-os' });
  t.is(node.metadata.annotations[CORDONED_BY], 'uid-of-os');
  t.true(isCordonOfOperator(cordoned(node)));
  t.false(isCordonOfOperator(cordoned(nodeAt('00'))));
});

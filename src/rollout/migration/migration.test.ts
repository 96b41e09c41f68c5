import test from 'ava';
import { EndpointGaps, endpointSliceSchema } from './endpoint-gaps.ts';
import { movingPodSchema, PodMoves } from './pod-moves.ts';

const SECOND = 1000;
const slice = (name: string, service: string, ...ready: readonly (boolean | null)[]) =>
  [
    `default/${name}`,
    endpointSliceSchema.parse({
      metadata: { namespace: 'default', name, labels: { 'kubernetes.io/service-name': service } },
      endpoints: ready.map((one) => ({ conditions: { ready: one } })),
    }),
  ] as const;

test('a Service is without an endpoint from when it loses its last one until it has one again', (t) => {
  const gaps = new EndpointGaps();
  const at = (second: number, ...slices: readonly ReturnType<typeof slice>[]): void =>
    gaps.note(new Map(slices), second * SECOND);
  const other = slice('b', 'db', null);
  at(0, slice('a', 'web', true, true), other);
  at(5, slice('a', 'web', false, true), other);
  t.deepEqual(gaps.gaps(9 * SECOND), [], 'one is enough');
  at(10, slice('a', 'web', false, false), other);
  at(13, slice('a', 'web', false, false, true), other);
  at(20, slice('a', 'web'), other);
  t.deepEqual(gaps.gaps(22.5 * SECOND), [
    {
      ...{ service: 'default/web', seconds: 5.5, gaps: 2 },
      ...{ longestSeconds: 3, longestSince: '1970-01-01T00:00:10.000Z', isOver: false },
    },
  ]);
  t.is(gaps.watched, 2);
});

test('endpoints of two families are one Service; each of them will do', (t) => {
  const gaps = new EndpointGaps();
  gaps.note(new Map([slice('four', 'web', true), slice('six', 'web', true)]), 0);
  gaps.note(new Map([slice('four', 'web', false), slice('six', 'web', true)]), SECOND);
  t.deepEqual(gaps.gaps(2 * SECOND), []);
});

test('one that never had an endpoint has lost none, and one that was deleted is missed by nobody', (t) => {
  const gaps = new EndpointGaps();
  gaps.note(new Map([slice('a', 'new', false), slice('b', 'old', true)]), 0);
  gaps.note(new Map([slice('a', 'new', false)]), SECOND);
  t.deepEqual(gaps.gaps(60 * SECOND), []);
});

const pod = (uid: string, nodeName: string, change: { kind?: string; deleted?: boolean } = {}) => {
  const { kind = 'ReplicaSet', deleted = false } = change;
  const owner = { kind, name: kind === 'ReplicaSet' ? 'web-6c5d' : 'web', controller: true };
  return [
    uid,
    movingPodSchema.parse({
      metadata: {
        ...{ namespace: 'default', name: uid, uid, ownerReferences: [owner] },
        ...{ labels: { 'pod-template-hash': '6c5d' } },
        ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      },
      ...{ spec: { nodeName }, status: { phase: 'Running' } },
    }),
  ] as const;
};

test('a pod moves when it leaves a node that the rollout empties, and counts once', (t) => {
  const moves = new PodMoves();
  const leftNodes = new Set<string>();
  const see = (...pods: readonly ReturnType<typeof pod>[]): void =>
    moves.note(new Map(pods), (node) => leftNodes.has(node));
  see(pod('p1', 'n1'), pod('p2', 'n2'), pod('d', 'n1', { kind: 'DaemonSet' }));
  see(pod('p1', 'n1'), pod('d', 'n1', { kind: 'DaemonSet' }));
  t.deepEqual(moves.owners, [], 'somebody else has deleted p2');
  leftNodes.add('n1');
  see(pod('p1', 'n1', { deleted: true }), pod('p3', 'n2'));
  see(pod('p3', 'n2'));
  leftNodes.add('n2');
  see(pod('p4', 'n1'));
  t.deepEqual(moves.owners, [
    { owner: 'Deployment default/web', pods: 2, moves: 2, movesPerPod: 1 },
  ]);
});

import test from 'ava';
import { osInstanceSchema } from '../api/os-instance.ts';
import { reportedDrains } from './reported-drains.ts';

const drainsOf = (run: object, said: object) => {
  const since = { prepare: '2026-01-01T00:00:00Z' };
  const target = { version: '2', digest: 'sha256:two' };
  const given = { id: 'r1', kind: 'upgrade', target, since, bootId: 'b', allowed: 'drain' };
  const spec = { run: { ...given, ...run } };
  const status = { run: { id: 'r1', phase: 'prepared', ...said } };
  const one = osInstanceSchema.parse({ metadata: { name: 'n1' }, spec, status });
  return reportedDrains(new Map([['n1', one]])).get('n1');
};
const BY_PROXY = {
  drain: { by: 'proxy', cordonedBy: 'u', rules: { unmanaged: 'block', emptyDir: 'evict' } },
};

test('a node is drained when its proxy says so, of the run that it is let drain for', (t) => {
  const drained = { drain: { drained: true, daemonSets: ['kube-system/net'] } };
  t.deepEqual(drainsOf(BY_PROXY, drained), {
    ...{ isDrained: true, blockedBy: null, daemonSets: ['kube-system/net'] },
  });
  const blocked = { drain: { drained: false, blockedBy: 'pod a/b' } };
  t.deepEqual(drainsOf(BY_PROXY, blocked), {
    ...{ isDrained: false, blockedBy: 'pod a/b', daemonSets: [] },
  });
  t.is(drainsOf(BY_PROXY, {})?.isDrained, false);
  t.is(drainsOf(BY_PROXY, { id: 'r0', ...drained }), undefined);
  t.is(drainsOf({}, drained), undefined, 'nobody asked it');
});

import test from 'ava';
import { osInstanceSchema } from '../api/os-instance.ts';
import { DEFAULT_RULES, type DrainRules } from './drain-rules.ts';
import { rulesTold, toldRules } from './told-rules.ts';

const selector = { matchLabels: { app: 'db' } };
const RULES: DrainRules = {
  ...{ ...DEFAULT_RULES, unmanaged: 'evict', emptyDir: 'block' },
  pods: [
    { selector, namespace: null, action: { forceAfterMs: 60_000 } },
    { selector, namespace: 'batch', action: 'wait' },
  ],
};

test('a proxy drains by the rules of the OS object, told by its OSInstance', (t) => {
  const drain = { by: 'proxy', cordonedBy: 'u', rules: toldRules(RULES) };
  const target = { version: '2', digest: 'sha256:two' };
  const since = { prepare: '2026-01-01T00:00:00Z' };
  const run = { id: 'r', kind: 'upgrade', target, since, bootId: 'b', allowed: 'drain', drain };
  const read = osInstanceSchema.parse({ metadata: { name: 'n1' }, spec: { run } }).spec.run;
  t.deepEqual(rulesTold(read?.drain?.rules ?? toldRules(DEFAULT_RULES)), RULES);
});

import test from 'ava';
import { mergedSpec, withoutSpec } from './applied-spec.ts';

test('a file takes the place of what the command line said before, and of nothing else', (t) => {
  const before = {
    ...{ osversion: '', release: '1', windows: [1], selector: { matchLabels: { tier: 'web' } } },
    strategy: { waves: [1], maxUnavailable: 2 },
  };
  const said = { release: '1', windows: [1], selector: before.selector, strategy: { waves: [1] } };
  const left = withoutSpec(before, said);
  t.deepEqual(left, { osversion: '', strategy: { maxUnavailable: 2 } });
  t.deepEqual(mergedSpec(left, { release: '2' }), { ...left, release: '2' });
  t.deepEqual(withoutSpec({ strategy: said.strategy }, said), {});
});

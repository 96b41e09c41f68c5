import test from 'ava';
import type { LockedAptBase } from '../lock/lock-schema.ts';
import { aptIngredients } from './make-apt-base.ts';
import { whatChanged } from './root-cache.ts';

const locked: LockedAptBase = {
  ...{ type: 'apt', suite: 'trixie', sources: [], requested: ['systemd'], packages: [] },
};

test('another version of what installs is another root file system, and no other tool’s is', (t) => {
  const tools = { 'apt-get': '3.0', 'dpkg-deb': '1.22', mmdebstrap: '1.5', tar: '1.35', xz: '5.8' };
  const root = aptIngredients(locked, { epoch: 0, tools });
  const withTools = (change: Record<string, string>) =>
    aptIngredients(locked, { epoch: 0, tools: { ...tools, ...change } });
  for (const tool of ['apt-get', 'dpkg-deb', 'mmdebstrap', 'tar']) {
    t.notDeepEqual(withTools({ [tool]: '9' }), root, tool);
  }
  t.deepEqual(withTools({ xz: '9' }), root);
  t.is(whatChanged(root, withTools({ mmdebstrap: '1.6' })), 'tool mmdebstrap 1.5 → 1.6');
});

import test from 'ava';
import type { LockedDnfBase } from '../lock/lock-schema.ts';
import { dnfIngredients } from './make-dnf-base.ts';
import { whatChanged } from './root-cache.ts';

const one = (name: string, version: string) =>
  ({
    ...{ name, version, arch: 'x86_64', size: 1, sha256: '1'.repeat(64) },
    ...{ file: `${name}.rpm`, repository: 'os' },
  }) as const;
const locked = (...packages: LockedDnfBase['packages']): LockedDnfBase => ({
  ...{ type: 'dnf', release: '24.03', repositories: [], requested: [], packages },
});

test('another key, or one of two versions of a package, is another root file system', (t) => {
  const kernels = locked(one('kernel', '6.1'), one('kernel', '6.2'));
  const tools = { dnf: '4.14', rpm: '4.18', tar: '1.34', xz: '5.4' };
  const request = { epoch: 0, keys: ['os 1'], tools };
  const root = dnfIngredients(kernels, request);
  t.like(root, { 'kernel.x86_64': '6.1 (111111111111), 6.2 (111111111111)' });
  t.notDeepEqual(dnfIngredients(kernels, { ...request, keys: ['os 2'] }), root);
  t.notDeepEqual(dnfIngredients(locked(one('kernel', '6.2')), request), root);
});

test('another version of what installs is another root file system, and no other tool’s is', (t) => {
  const request = { epoch: 0, keys: ['os 1'] };
  const tools = { dnf: '4.14', rpm: '4.18', tar: '1.34', xz: '5.4' };
  const root = dnfIngredients(locked(one('kernel', '6.1')), { ...request, tools });
  const withTools = (change: Record<string, string>) =>
    dnfIngredients(locked(one('kernel', '6.1')), { ...request, tools: { ...tools, ...change } });
  for (const tool of ['dnf', 'rpm', 'tar']) t.notDeepEqual(withTools({ [tool]: '9' }), root, tool);
  t.deepEqual(withTools({ xz: '9' }), root);
  t.is(whatChanged(root, withTools({ rpm: '4.20' })), 'tool rpm 4.18 → 4.20');
});

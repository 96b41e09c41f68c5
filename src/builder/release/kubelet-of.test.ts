import test from 'ava';
import { KubeosError } from '../../errors.ts';
import type { InstalledPackage } from '../inventory/installed-package.ts';
import { kubeletOf } from './kubelet-of.ts';

const installed = (name: string, version: string): InstalledPackage => ({
  ...{ type: 'deb', name, version, arch: 'amd64', licenses: [] },
  source: { name, version },
});

const IMAGES: readonly (readonly [string, string, string | null])[] = [
  ['kubelet', '1.34.2-1.1', '1.34.2'],
  ['kubelet', '1.34.2-150500.1.1', '1.34.2'],
  ['kubernetes-kubelet', '1:1.29.1-4.oe2403', '1.29.1'],
  ['kubernetes-node', '1.20.2', '1.20.2'],
  // Nobody can compare what is no version of Kubernetes.
  ['kubelet', '20250101-1', null],
  ['kubelet', '1.35.0~beta1-1', null],
  ['kubelet-tools', '1.34.2-1.1', null],
];

for (const [name, version, expected] of IMAGES) {
  test(`${name} ${version} is kubelet ${expected}`, (t) => {
    t.is(kubeletOf([installed('bash', '5.2-1'), installed(name, version)], null), expected);
  });
}

test('a definition names the kubelet that no package brings, and none that another one is beside', (t) => {
  t.is(kubeletOf([], '1.33.1'), '1.33.1');
  t.is(kubeletOf([installed('kubelet', '1.33.1-1.1')], '1.33.1'), '1.33.1');
  const error = t.throws(() => kubeletOf([installed('kubelet', '1.34.2-1.1')], '1.33.1'), {
    instanceOf: KubeosError,
  });
  t.is(error.message, 'release.kubelet: 1.33.1, but the package kubelet is 1.34.2-1.1');
});

import test from 'ava';
import type { InstalledPackage } from './installed-package.ts';
import { summaryOf } from './inventory.ts';

const inventory = {
  ...{ image: { name: 'node', version: '1' }, epoch: 0, kubeosVersion: '0', packages: [] },
  distribution: { id: 'debian', versionId: '13', name: 'Debian GNU/Linux' },
};

test('lists without packages are not made without a word', (t) => {
  t.regex(summaryOf(inventory), /no package database of dpkg or rpm.*SBOMs name no package/);
  const one: InstalledPackage = {
    ...{ type: 'deb', name: 'a', version: '1', arch: 'all', licenses: [] },
    source: { name: 'a', version: '1' },
  };
  t.is(summaryOf({ ...inventory, packages: [one] }), 'packages: 1 (Debian GNU/Linux 13)');
});

import test from 'ava';
import { purlOf } from './purl.ts';
import type { InstalledPackage } from './installed-package.ts';

const debian = { id: 'debian', versionId: '13' };
const openEuler = { id: 'openEuler', versionId: '24.03' };

const names = test.macro({
  exec(t, one: Omit<InstalledPackage, 'licenses'>, purl: string) {
    t.is(purlOf({ ...one, licenses: [] }, one.type === 'deb' ? debian : openEuler), purl);
  },
  title: (_, one: { name: string; version: string }) => `names ${one.name} ${one.version}`,
});

const deb = { type: 'deb', arch: 'amd64' } as const;
const rpm = { type: 'rpm', arch: 'x86_64' } as const;

test(
  names,
  { ...deb, name: 'bash', version: '5.2.37-2', source: { name: 'bash', version: '5.2.37-2' } },
  'pkg:deb/debian/bash@5.2.37-2?arch=amd64&distro=debian-13',
);
test(
  names,
  { ...deb, name: 'libc6', version: '2.41-12', source: { name: 'glibc', version: '2.41-12' } },
  'pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc',
);
test(
  names,
  {
    ...deb,
    name: 'libstdc++6',
    version: '1:2.3~rc1+dfsg-4+b2',
    source: { name: 'gcc-14', version: '1:2.3~rc1+dfsg-4' },
  },
  'pkg:deb/debian/libstdc%2B%2B6@1:2.3~rc1%2Bdfsg-4%2Bb2?arch=amd64&distro=debian-13&upstream=gcc-14%401:2.3~rc1%2Bdfsg-4',
);
test(
  names,
  {
    ...rpm,
    name: 'openssl-libs',
    version: '1:3.0.12-5.oe2403',
    source: { name: 'openssl', version: '3.0.12-5.oe2403' },
  },
  'pkg:rpm/openeuler/openssl-libs@3.0.12-5.oe2403?arch=x86_64&distro=openEuler-24.03&epoch=1&upstream=openssl-3.0.12-5.oe2403.src.rpm',
);
test(
  names,
  {
    ...rpm,
    name: 'foo^bar',
    version: '1.0^git1-1',
    source: { name: 'foo', version: '1.0^git1-1' },
  },
  'pkg:rpm/openeuler/foo%5Ebar@1.0%5Egit1-1?arch=x86_64&distro=openEuler-24.03&upstream=foo-1.0%5Egit1-1.src.rpm',
);

test('a distribution without versions is named without one', (t) => {
  const source = { name: 'a', version: '1' };
  const one: InstalledPackage = { ...deb, name: 'a', version: '1', source, licenses: [] };
  t.is(purlOf(one, { id: 'arch', versionId: '' }), 'pkg:deb/arch/a@1?arch=amd64&distro=arch');
});

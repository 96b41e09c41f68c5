import test from 'ava';
import { fitsInMemory } from './install-apt-base.ts';

const meminfo = (availableMiB: number): string =>
  `MemTotal:       99999999 kB\nMemAvailable:   ${availableMiB * 1024} kB\n`;
const packages = [{ size: 60 * 2 ** 20 }, { size: 40 * 2 ** 20 }];

test('a root file system is put together in memory only where there is plenty', (t) => {
  t.true(fitsInMemory(meminfo(4096), packages));
  t.false(fitsInMemory(meminfo(1500), packages));
  t.false(fitsInMemory('', packages));
});

import test from 'ava';
import { openSource } from './open-source.ts';

for (const address of ['ftp://a/b', 'file://usb/kubeos', 'https://', 'javascript://x']) {
  test(`${address} is refused as an address`, (t) => {
    t.throws(() => openSource([address], {}), { code: 'USAGE' });
  });
}

test('no address at all is refused', (t) => {
  t.throws(() => openSource([], {}), { code: 'USAGE' });
});

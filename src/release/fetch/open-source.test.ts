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

test('credentials that cannot be sent are refused, and not told', (t) => {
  const refused = { code: 'USAGE' };
  const inAddress = t.throws(() => openSource(['https://node:s3%cret@host/'], {}), refused);
  const options = { authorization: 'Bearer s3cret\n' };
  const inHeader = t.throws(() => openSource(['https://host/'], options), refused);
  t.false(`${inAddress.message} ${inHeader.message}`.includes('s3'));
});

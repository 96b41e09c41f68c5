import test from 'ava';
import { clientOf, paceClients } from './client-rates.ts';

test('a client is an IPv4 address, however it is written, or a network of IPv6', (t) => {
  t.is(clientOf('192.0.2.1'), '192.0.2.1');
  t.is(clientOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.is(clientOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  t.is(clientOf('2001:db8:1:2::6'), '2001:db8:1:2::/64');
  t.is(clientOf('2001:db8::1'), '2001:db8:0:0::/64');
  t.is(clientOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  t.is(clientOf('::1'), '0:0:0:0::/64');
  t.is(clientOf(undefined), 'unknown');
});

test('who leaves waits no longer, and owes nothing for what was not sent', async (t) => {
  const pace = paceClients(65_536);
  const leaving = new AbortController();
  const waits = Array.from({ length: 100 }, () => pace('192.0.2.1', 2 ** 30, leaving.signal));
  leaving.abort();
  await Promise.all(waits);
  await pace('192.0.2.1', 65_536, new AbortController().signal);
  t.pass();
});

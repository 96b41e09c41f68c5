import test from 'ava';
import { isPastProxy } from './is-past-proxy.ts';

const CASES: readonly (readonly [list: string, address: string, isPast: boolean])[] = [
  ['', 'http://a.example', false],
  ['*', 'http://a.example', true],
  ['example', 'http://a.example', true],
  ['.example', 'http://a.example', true],
  ['*.example', 'http://a.example.', true],
  ['EXAMPLE.', 'http://example', true],
  ['x, example y', 'http://example', true],
  ['ample', 'http://example', false],
  ['.ample', 'http://example', false],
  ['example:443', 'https://example', true],
  ['example:443', 'https://example:8443', false],
  ['10.0.0.0/8', 'http://10.1.2.3:8080', true],
  ['10.0.0.0/8', 'http://11.1.2.3', false],
  ['10.0.0.0/33', 'http://10.0.0.0', false],
  ['10.0.0.0/8', 'http://ten.example', false],
  ['10.1.2.3', 'http://10.1.2.3', true],
  ['10.1.2.3:80', 'http://10.1.2.3', true],
  ['fd00::/8', 'http://[fd00::1]', true],
  ['0:0:0:0:0:0:0:1', 'http://[::1]', true],
  ['[::1]:80', 'http://[::1]', true],
  ['::1', 'http://10.1.2.3', false],
  ['//, [, :80, /8, a/b', 'http://example', false],
];

for (const [list, address, isPast] of CASES) {
  test(`${address} is ${isPast ? 'past' : 'not past'} the proxy with "${list}"`, (t) => {
    t.is(isPastProxy(new URL(address), { NO_PROXY: list }), isPast);
  });
}

test('small letters come first, as with curl', (t) => {
  const url = new URL('http://example');
  t.true(isPastProxy(url, { no_proxy: 'example', NO_PROXY: 'other' }));
  t.false(isPastProxy(url, { no_proxy: '', NO_PROXY: 'example' }));
});

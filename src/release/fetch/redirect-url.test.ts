import test from 'ava';
import { redirectUrl } from './redirect-url.ts';

const from = new URL('https://images.example/targets/a');

test('a redirect may lead to another place over https', (t) => {
  t.is(redirectUrl(from, '/b').href, 'https://images.example/b');
  t.is(redirectUrl(from, 'https://cdn.example/c#x').href, 'https://cdn.example/c');
  t.is(redirectUrl(new URL('http://a/'), 'https://a/').href, 'https://a/');
});

const refused = test.macro({
  exec: (t, location: string) => {
    t.throws(() => redirectUrl(from, location), { code: 'NETWORK' });
  },
  title: (_, location) => `a redirect from https to ${String(location)} is refused`,
});

test(refused, 'http://images.example/targets/a');
test(refused, 'file:///etc/shadow');
test(refused, 'data:text/plain,x');
test(refused, 'https://user:password@images.example/');
test(refused, 'http://[');

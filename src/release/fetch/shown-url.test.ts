import test from 'ava';
import { shownReason, shownUrl } from './shown-url.ts';

test('an address is shown without what may be a signature, and says that something is left out', (t) => {
  const signed = new URL('https://blobs.example/sha256/ab?X-Amz-Signature=0123&X-Amz-Expires=60');
  t.is(shownUrl(signed), 'https://blobs.example/sha256/ab?…');
});

test('an address without a query is shown as it is, with its port', (t) => {
  t.is(shownUrl(new URL('http://10.0.0.1:8080/root%20a')), 'http://10.0.0.1:8080/root%20a');
});

test('a proxy that does not let a connection through is told without its password', (t) => {
  const why = (via: string): string =>
    `Failed to establish tunnel to a.example:443 via ${via}: 407`;
  t.is(shownReason(why('http://ci:p%40ss@proxy:3128')), why('http://proxy:3128'));
  t.is(shownReason(why('http://proxy:3128')), why('http://proxy:3128'));
});

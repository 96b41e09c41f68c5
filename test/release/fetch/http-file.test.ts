import test from 'ava';
import { openHttpFile } from '../../../src/release/fetch/http-file.ts';
import { originOf } from './origin.ts';
import { QUICK } from './test-fetch.ts';

test('a file whose address is signed is asked for with its signature, and told without it', async (t) => {
  await using origin = await originOf((_, response) => {
    response.writeHead(500).end();
  });
  using file = openHttpFile(new URL('root.tar?X-Amz-Signature=secret', origin.url), QUICK);
  const signal = AbortSignal.timeout(60_000);
  const errors = [
    await t.throwsAsync(file.length(signal)),
    await t.throwsAsync(Array.fromAsync(file.read(10, signal))),
  ];
  t.true(origin.requests.every((request) => request.includes('X-Amz-Signature=secret')));
  for (const { message } of errors) {
    t.regex(message, /root\.tar\?…/);
    t.notRegex(message, /secret/);
  }
});

import test from 'ava';
import { renderAccess, type AccessEntry } from './access-log.ts';

const ENTRY: AccessEntry = {
  time: '2026-11-25T01:02:03.000Z',
  client: '192.0.2.1',
  user: null,
  method: 'GET',
  path: '/metadata/timestamp.json',
  status: 200,
  bytes: 812,
  milliseconds: 1.25,
  range: null,
  agent: 'curl/8.0',
  origin: 'disk',
  isCut: false,
};

test('a request is one line of text, or one of JSON', (t) => {
  t.is(
    renderAccess(ENTRY, 'text'),
    '192.0.2.1 - 2026-11-25T01:02:03.000Z "GET /metadata/timestamp.json" 200 812 1.3ms "-" "curl/8.0" disk whole',
  );
  t.deepEqual(JSON.parse(renderAccess(ENTRY, 'json')), ENTRY);
});

test('what a client sends can neither begin a line nor reach a terminal', (t) => {
  const hostile = { ...ENTRY, path: `/"\n\r\u001b[2J\u009b${'x'.repeat(9999)}`, agent: '\n' };
  for (const format of ['text', 'json'] as const) {
    const line = renderAccess(hostile, format);
    t.true(line.split('').every((character) => character >= ' '));
    t.true(line.length < 2_000);
  }
  t.notRegex(renderAccess(hostile, 'text'), /[\u007F-\u009F]/);
});

import test from 'ava';
import { decideAnswer, type AnswerHead, type Wanted } from './decide-answer.ts';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const part: Wanted = {
  kind: 'range',
  start: 100,
  end: 200,
  fileBytes: 1000,
  mayReadFromBeginning: false,
};
const small: Wanted = { kind: 'small', maxBytes: 50 };

const decided = test.macro({
  exec: (t, ...[head, wanted, expected]: readonly [AnswerHead, Wanted, object]) => {
    t.like(decideAnswer(head, wanted, NOW), expected);
  },
  title: (what = '') => what,
});

const answer = (status: number, headers: AnswerHead['headers'] = {}): AnswerHead => ({
  status,
  headers,
});
const failed = (failure: string) => ({ kind: 'failure', failure });

test(
  'the range that was asked for is taken',
  decided,
  answer(206, { 'content-range': 'bytes 100-199/1000', 'content-length': '100' }),
  part,
  { kind: 'body', skip: 0, bodyBytes: 100 },
);
test(
  'a range of a file whose length is not told is taken',
  decided,
  answer(206, { 'content-range': 'bytes 100-199/*' }),
  part,
  { kind: 'body' },
);
test(
  'a range of a longer file is not',
  decided,
  answer(206, { 'content-range': 'bytes 100-199/1001' }),
  part,
  failed('broken'),
);
test(
  'a range with another length is not',
  decided,
  answer(206, { 'content-range': 'bytes 100-199/1000', 'content-length': '99' }),
  part,
  failed('broken'),
);
test(
  'several ranges are not',
  decided,
  answer(206, { 'content-type': 'multipart/byteranges' }),
  part,
  failed('broken'),
);
test(
  'a part of a small file is not',
  decided,
  answer(206, { 'content-range': 'bytes 0-1/2' }),
  small,
  failed('broken'),
);
test(
  'the whole file in place of a range is told',
  decided,
  answer(200),
  part,
  failed('rangeIgnored'),
);
test(
  'the whole file is taken, and its beginning dropped, where that is allowed',
  decided,
  answer(200),
  { ...part, mayReadFromBeginning: true },
  { kind: 'body', skip: 100, bodyBytes: 200 },
);
test(
  'a file of another length is refused',
  decided,
  answer(200, { 'content-length': '999' }),
  { ...part, mayReadFromBeginning: true },
  failed('broken'),
);
test(
  'a small file that is too long is refused',
  decided,
  answer(200, { 'content-length': '51' }),
  small,
  failed('broken'),
);
test('403, as buckets say it, means missing', decided, answer(403), small, failed('missing'));
test('404 means missing', decided, answer(404), small, failed('missing'));
test('401 is final', decided, answer(401), small, failed('refused'));
test(
  '416 is broken: the file there is shorter than it should be',
  decided,
  answer(416),
  part,
  failed('broken'),
);
test('a wait in seconds', decided, answer(429, { 'retry-after': '7' }), small, {
  failure: 'busy',
  retryAfterMs: 7000,
});
test(
  'a wait until a time',
  decided,
  answer(503, { 'retry-after': 'Fri, 01 May 2026 12:00:05 GMT' }),
  small,
  { retryAfterMs: 5000 },
);
test(
  'a wait of a year is cut to ten minutes',
  decided,
  answer(503, { 'retry-after': '31536000' }),
  small,
  { retryAfterMs: 600_000 },
);
test('a wait that is no time is none', decided, answer(503, { 'retry-after': 'soon' }), small, {
  retryAfterMs: 0,
});
test('a redirect without a place is broken', decided, answer(302), small, failed('broken'));
test('a redirect', decided, answer(307, { location: '/x' }), small, {
  kind: 'redirect',
  location: '/x',
});

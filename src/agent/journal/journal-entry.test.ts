import test from 'ava';
import type { OperationResult } from '../operations/operation.ts';
import { entryOfResult, linesOfEntry } from './journal-entry.ts';

const prepared: OperationResult = {
  ...{ id: 3, kind: 'prepare', release: 'sha256:aa', outcome: 'done', error: null },
  ...{ since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:42.000Z' },
  phases: [
    { phase: 'starting', seconds: 0.5 },
    { phase: 'writing', seconds: 41.5 },
  ],
  transfer: {
    ...{ bytesTransferred: 3 * 2 ** 20, requests: 7, blocks: 100, how: 'pack' },
    ...{ blocksReused: 80, blocksCopied: 10, blocksWritten: 20 },
  },
};

test('what ended is said to people in a line, and to programs in fields', (t) => {
  t.is(
    linesOfEntry(entryOfResult(prepared)),
    [
      'MESSAGE=prepare sha256:aa: done in 42.0 s, 3.0 MiB fetched (pack)',
      ...['PRIORITY=6', 'SYSLOG_IDENTIFIER=kubeos-agent'],
      ...['KUBEOS_OPERATION=prepare', 'KUBEOS_OUTCOME=done', 'KUBEOS_RELEASE=sha256:aa'],
      ...['KUBEOS_SECONDS=42.000', 'KUBEOS_BYTES_TRANSFERRED=3145728', ''],
    ].join('\n'),
  );
});

test('what a server said becomes no line of its own', (t) => {
  const error = { code: 'NETWORK', message: 'it said "x"\nPRIORITY=0\r\0', hint: 'ask it' };
  const lines = linesOfEntry(entryOfResult({ ...prepared, outcome: 'failed', error }));
  t.regex(lines, /^MESSAGE=prepare sha256:aa: failed: it said "x" PRIORITY=0 \nPRIORITY=3\n/);
  t.regex(lines, /^KUBEOS_ERROR_CODE=NETWORK\nKUBEOS_REMEDY=ask it\n$/m);
});

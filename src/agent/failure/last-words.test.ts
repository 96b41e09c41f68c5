import fc from 'fast-check';
import test from 'ava';
import { lastWordsOf, lastWordsSchema } from './last-words.ts';

const NOTHING = { errors: [], last: [], panic: [] };

test('a trial that left nothing says nothing', (t) => {
  t.deepEqual(lastWordsOf(NOTHING), { reason: null, lines: [] });
});

test('of a journal the deadline says why, else the last error; no line comes twice', (t) => {
  const errors = [
    '[    3.100000] containerd[301]: cannot open the database',
    '[   60.500000] kubeos-trial[512]: 8 kubeos-agent.service start waiting',
    '[   60.600000] kubeos-trial[512]: the agent does not run 60 s after the start of a trial: restarting',
  ];
  const last = [
    '[   60.200000] systemd[1]: Starting kubeos-trial-ready.service',
    ...errors.slice(1),
  ];
  t.deepEqual(lastWordsOf({ ...NOTHING, errors, last }), {
    reason: 'the agent does not run 60 s after the start of a trial: restarting',
    lines: [...errors, last[0] ?? ''],
  });
  t.is(
    lastWordsOf({ ...NOTHING, errors: errors.slice(0, 1), last: [] }).reason,
    'containerd[301]: cannot open the database',
  );
});

test('errors are not lost among the lines of the way down', (t) => {
  const of = (kind: string) => Array.from({ length: 12 }, (_, at) => `[  1.0] x[1]: ${kind} ${at}`);
  const found = { errors: of('error'), last: of('line') };
  const counts = (panic: readonly string[]) => {
    const { lines } = lastWordsOf({ ...found, panic });
    return ['error', 'line', 'panic'].map(
      (kind) => lines.filter((line) => line.includes(`: ${kind} `)).length,
    );
  };
  t.deepEqual(counts([]), [12, 8, 0]);
  t.deepEqual(counts(of('panic')), [8, 4, 12]);
});

test('a panic came last and says most: what the initramfs said before it, else its own line', (t) => {
  const panic = [
    '<6>[    1.000000] virtio_blk virtio1: [vda] 4194304 512-byte logical blocks',
    '<2>[   61.000000] kubeos: initramfs: a trial that is still in the initramfs after 60 s: restarting',
    '<0>[   61.100000] Kernel panic - not syncing: sysrq triggered crash',
    '<4>[   61.200000] CPU: 0 PID: 77 Comm: init Not tainted',
  ];
  const words = lastWordsOf({ ...NOTHING, errors: ['[1.0] a[1]: error'], panic });
  t.is(words.reason, 'initramfs: a trial that is still in the initramfs after 60 s: restarting');
  t.deepEqual(words.lines, [...panic.slice(0, 3), '[1.0] a[1]: error']);
  const verity = ['<0>[    9.000000] Kernel panic - not syncing: dm-verity device corrupted'];
  t.is(
    lastWordsOf({ ...NOTHING, panic: verity }).reason,
    'Kernel panic - not syncing: dm-verity device corrupted',
  );
});

test('whatever was written, it is bounded, printable, and what the agent takes', (t) => {
  const line = fc.string({ unit: 'binary', maxLength: 400 });
  const lines = fc.array(line, { maxLength: 40 });
  fc.assert(
    fc.property(fc.record({ errors: lines, last: lines, panic: lines }), (found) => {
      const words = lastWordsOf(found);
      t.true(lastWordsSchema.safeParse(words).success);
      const all = [...words.lines, words.reason ?? ''].join('');
      t.notRegex(all, /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u);
      t.true(all.isWellFormed());
    }),
  );
});

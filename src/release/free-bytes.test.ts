import test from 'ava';
import { freeBytes } from './free-bytes.ts';

test('memory of its own is gone', (t) => {
  const bytes = Buffer.allocUnsafeSlow(2 ** 20);
  const whole = bytes.subarray(0, 2 ** 20 - 1);
  freeBytes(whole);
  t.is(bytes.length, 0);
});

test('memory that others have a part of is left', (t) => {
  const [first, second] = [Buffer.from('one'), Buffer.from('two')];
  freeBytes(first);
  const shared = Buffer.alloc(1000, 7);
  freeBytes(shared.subarray(0, 900));
  freeBytes(shared.subarray(1));
  freeBytes(new Uint8Array(new SharedArrayBuffer(5)));
  t.is(`${first.toString()} ${second.toString()}`, 'one two');
  t.is(shared[999], 7);
});

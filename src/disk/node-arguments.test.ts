import { execFile } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import {
  decideArguments,
  NO_NODE_ARGUMENTS,
  NODE_ARGUMENTS_BYTES,
  NODE_ARGUMENTS_LENGTH,
  parseNodeArguments,
  serialiseNodeArguments,
} from './node-arguments.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9._=,-]{0,20}$/);
const slot = fc.record({
  words: fc
    .array(word, { maxLength: 12 })
    .filter((words) => words.join(' ').length <= NODE_ARGUMENTS_LENGTH),
  left: fc.constantFrom('ok' as const, 0 as const, 1 as const, 2 as const, 3 as const),
});

test('what fits is read back as it was written, in one sector', (t) => {
  fc.assert(
    fc.property(slot, slot, (A, B) => {
      const bytes = serialiseNodeArguments({ A, B });
      t.is(bytes.length, NODE_ARGUMENTS_BYTES);
      t.deepEqual(parseNodeArguments(bytes), { A, B });
    }),
  );
});

test('two slots with all that a slot may have fit', (t) => {
  const full = { words: ['x'.repeat(NODE_ARGUMENTS_LENGTH)], left: 'ok' } as const;
  t.notThrows(() => serialiseNodeArguments({ A: full, B: full }));
});

test("GRUB's own tool reads it", async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-nodeargs-'));
  const file = path.join(dir.path, 'nodeargs');
  const A = { words: ['nosmt', 'x=1'], left: 2 } as const;
  await writeFile(file, serialiseNodeArguments({ ...NO_NODE_ARGUMENTS, A }));
  const { stdout } = await promisify(execFile)('grub-editenv', [file, 'list']);
  t.is(stdout, 'A_args=nosmt x=1\nA_args_left=2\nB_args=\nB_args_left=0\n');
});

test('whatever lies there is read without an error, and what is damaged is no argument', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      t.deepEqual(parseNodeArguments(bytes), NO_NODE_ARGUMENTS);
    }),
  );
});

test('a word that GRUB would take for something else is not written', (t) => {
  for (const odd of ['a b', 'a"', "a'", 'a\\b', '*', 'a?', '--', '', 'ä', 'a\nb']) {
    const A = { words: [odd], left: 1 } as const;
    t.throws(() => serialiseNodeArguments({ ...NO_NODE_ARGUMENTS, A }), { code: 'INTERNAL' }, odd);
  }
});

test('arguments that are not good yet cost a try, and none are taken without tries', (t) => {
  const words = ['x'];
  t.deepEqual(decideArguments({ words, left: 'ok' }), { kind: 'kept' });
  t.deepEqual(decideArguments({ words, left: 2 }), { kind: 'trial', triesLeft: 1 });
  t.deepEqual(decideArguments({ words, left: 1 }, false), { kind: 'none' });
  t.deepEqual(decideArguments({ words, left: 0 }), { kind: 'none' });
  t.deepEqual(decideArguments({ words: [], left: 'ok' }), { kind: 'none' });
});

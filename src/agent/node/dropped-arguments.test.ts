import test from 'ava';
import { serialiseNodeArguments, type SlotArguments } from '../../disk/node-arguments.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';
import { memoryFile } from '../testing/disk-content.ts';
import { droppedArguments } from './dropped-arguments.ts';

const sectorOf = (A: SlotArguments, B: SlotArguments = { words: [], left: 0 }): PositionalFile =>
  memoryFile(Buffer.from(serialiseNodeArguments({ A, B })), 'environment', () => undefined);

const inA = { booted: 'A', triesArguments: false } as const;
const GIVEN_UP = { words: ['x=1', 'nosmt'], left: 0 } as const;

test('what has no tries left is left out, of the slot that runs only', async (t) => {
  t.deepEqual(await droppedArguments(sectorOf(GIVEN_UP), inA), ['x=1', 'nosmt']);
  t.deepEqual(await droppedArguments(sectorOf({ words: [], left: 0 }, GIVEN_UP), inA), []);
});

test('what stays, waits for the next boot or is being tried is not left out, nor is it on a disk without a place', async (t) => {
  t.deepEqual(await droppedArguments(sectorOf({ ...GIVEN_UP, left: 'ok' }), inA), []);
  t.deepEqual(await droppedArguments(sectorOf({ ...GIVEN_UP, left: 2 }), inA), []);
  const onTrial = { ...inA, triesArguments: true };
  t.deepEqual(await droppedArguments(sectorOf(GIVEN_UP), onTrial), []);
  t.deepEqual(await droppedArguments(null, inA), []);
});

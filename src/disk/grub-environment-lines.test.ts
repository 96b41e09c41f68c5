import { execFile } from 'node:child_process';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { canGrubSave, grubEnvironmentLines } from './grub-environment-lines.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from './grub-environment.ts';

const run = promisify(execFile);
const BLOCK = Buffer.from(
  serialiseGrubEnvironment(
    new Map([
      ['order', 'B A'],
      ['A_ok', '1'],
      ['A_tries', '0'],
      ['B_ok', '0'],
      ['B_tries', '3'],
    ]),
  ),
);

/** What a disk, a bug or a person does to a block; most of it where the variables are. */
const places = fc.oneof(fc.nat(90), fc.nat(1023));
const mutations = fc.oneof(
  fc.record({ kind: fc.constant('set'), at: places, byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('insert'), at: places, byte: fc.constantFrom(10, 0, 92, 61, 35) }),
  fc.record({ kind: fc.constant('cut'), at: places, byte: fc.constant(0) }),
  fc.record({ kind: fc.constant('append'), at: places, byte: fc.constantFrom(35, 10, 0, 120) }),
);
type Mutation = typeof mutations extends fc.Arbitrary<infer T> ? T : never;

function mutate(block: Buffer, { kind, at, byte }: Mutation): Buffer {
  const one = Buffer.from([byte]);
  const [before, after] = [block.subarray(0, at), block.subarray(at)];
  if (kind === 'cut') return before;
  if (kind === 'append') return Buffer.concat([block, one]);
  return Buffer.concat([before, one, kind === 'set' ? after.subarray(1) : after]);
}

const listed = (bytes: Uint8Array): Buffer =>
  Buffer.concat(
    grubEnvironmentLines(bytes).flatMap(({ name, value }) => [
      ...[name, Buffer.from('='), value, Buffer.from('\n')],
    ]),
  );

async function listByGrub(file: string): Promise<Buffer> {
  // A block that GRUB refuses as a whole sets nothing.
  const nothing = { stdout: Buffer.alloc(0) };
  const list = run('grub-editenv', [file, 'list'], { encoding: 'buffer' }).catch(() => nothing);
  return (await list).stdout;
}

test('of a block with any damage the variables are those that grub-editenv reads', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grubenv-'));
  const file = path.join(directory.path, 'grubenv');
  await fc.assert(
    fc.asyncProperty(fc.array(mutations, { minLength: 1, maxLength: 4 }), async (list) => {
      const bytes = list.reduce(mutate, BLOCK);
      await writeFile(file, bytes);
      t.deepEqual(listed(bytes), await listByGrub(file));
      t.notThrows(() => parseGrubEnvironment(bytes));
    }),
    { numRuns: 120 },
  );
});

test('where a line ends before the padding, and only there, GRUB can save a try', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grubenv-'));
  const file = path.join(directory.path, 'grubenv');
  const behindVariables = fc.record({ at: fc.integer({ min: 90, max: 1023 }), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(behindVariables, { maxLength: 2 }), async (list) => {
      const bytes = list.reduce<Buffer>((now, one) => mutate(now, { kind: 'set', ...one }), BLOCK);
      await writeFile(file, bytes);
      const isSaved = await run('grub-editenv', [file, 'set', 'B_tries=2']).then(
        () => true,
        () => false,
      );
      t.is(canGrubSave(bytes), isSaved);
      if (isSaved) t.true((await readFile(file, 'latin1')).includes('\nB_tries=2\n'));
    }),
    { numRuns: 60 },
  );
});

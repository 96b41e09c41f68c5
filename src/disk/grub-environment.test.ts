import { execFile } from 'node:child_process';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import {
  GRUB_ENVIRONMENT_BYTES,
  parseGrubEnvironment,
  serialiseGrubEnvironment,
  type GrubVariables,
} from './grub-environment.ts';

const run = promisify(execFile);

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,15}$/);
/** What trips a parser of `name=value` lines, mixed with anything. */
const values = fc.string({
  unit: fc.oneof(fc.constantFrom('\\', '\n', '=', '#', ' ', '"', "'", '$', 'ü'), fc.string()),
  maxLength: 12,
});
const noNul = values.filter((value) => !value.includes('\0') && value.isWellFormed());
const variableSets = fc
  .uniqueArray(fc.tuple(names, noNul), { selector: ([name]) => name, maxLength: 4 })
  .map((pairs) => new Map(pairs));

const intact = (variables: GrubVariables) => ({ kind: 'intact', variables }) as const;

test('what was serialised is parsed back, from 1024 bytes', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(variableSets, (variables) => {
        const block = serialiseGrubEnvironment(variables);
        return (
          block.length === GRUB_ENVIRONMENT_BYTES &&
          JSON.stringify(asPairs(block)) === JSON.stringify([...variables])
        );
      }),
    ),
  );
});

function asPairs(block: Uint8Array): unknown {
  const parsed = parseGrubEnvironment(block);
  return parsed.kind === 'intact' ? [...parsed.variables] : parsed.reason;
}

test('grub-editenv reads what was serialised', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grubenv-'));
  const file = path.join(directory.path, 'grubenv');
  await fc.assert(
    fc.asyncProperty(variableSets, async (variables) => {
      await writeFile(file, serialiseGrubEnvironment(variables));
      const { stdout } = await run('grub-editenv', [file, 'list']);
      t.is(stdout, [...variables].map(([name, value]) => `${name}=${value}\n`).join(''));
    }),
    { numRuns: 40 },
  );
});

test('what grub-editenv writes is parsed', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grubenv-'));
  const file = path.join(directory.path, 'grubenv');
  await fc.assert(
    fc.asyncProperty(variableSets, async (variables) => {
      await run('grub-editenv', [file, 'create']);
      const settings = [...variables].map(([name, value]) => `${name}=${value}`);
      if (settings.length > 0) await run('grub-editenv', [file, 'set', ...settings]);
      t.deepEqual(parseGrubEnvironment(await readFile(file)), intact(variables));
    }),
    { numRuns: 30 },
  );
});

test('grub-editenv changes and removes variables in a block of ours', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grubenv-'));
  const file = path.join(directory.path, 'grubenv');
  const start = new Map([
    ['order', 'B A'],
    ['A_ok', '1'],
    ['B_tries', '3'],
  ]);
  await writeFile(file, serialiseGrubEnvironment(start));
  await run('grub-editenv', [file, 'set', 'B_tries=2']);
  const block = await readFile(file);
  t.deepEqual(block, Buffer.from(serialiseGrubEnvironment(new Map(start).set('B_tries', '2'))));
  await run('grub-editenv', [file, 'unset', 'A_ok']);
  t.deepEqual(
    parseGrubEnvironment(await readFile(file)),
    intact(
      new Map([
        ['order', 'B A'],
        ['B_tries', '2'],
      ]),
    ),
  );
});

test('a damaged block is told from an intact one, with the reason', (t) => {
  const block = Buffer.from(serialiseGrubEnvironment(new Map([['order', 'A B']])));
  const withText = (text: string, at: number): Buffer => {
    const copy = Buffer.from(block);
    copy.write(text, at, 'latin1');
    return copy;
  };
  const order = { order: 'A B' };
  const damaged: readonly (readonly [Buffer, string, Readonly<Record<string, string>>])[] = [
    [Buffer.alloc(0), '0 bytes long, expected 1024', {}],
    [block.subarray(0, 512), '512 bytes long, expected 1024', order],
    [Buffer.concat([block, Buffer.from('#')]), '1025 bytes long, expected 1024', order],
    [Buffer.alloc(1024), 'holds bytes that are not text', {}],
    [withText('%', 0), 'does not begin with "# GRUB Environment Block"', {}],
    [withText('\xff', 600), 'holds bytes that are not text', order],
    [withText('\0', 600), 'holds bytes that are not text', order],
    [withText('\norder\n', 24), '"order\\n" is not a line name=value', {}],
    // GRUB takes the empty line for the beginning of a name.
    [withText('\n\nok=1\n', 24), '"\\n" is not a line name=value', { '\nok': '1' }],
    [withText('=order\n', 25), '"=order\\n" is not a line name=value', { '': 'order' }],
    [withText('\na=b', 1020), 'a has no end of line', order],
    [withText('x', 1020), 'has something behind its padding', order],
  ];
  for (const [bytes, reason, variables] of damaged) {
    t.deepEqual(parseGrubEnvironment(bytes), {
      ...{ kind: 'damaged', reason },
      variables: new Map(Object.entries(variables)),
    });
  }
});

test('no bytes make the parser throw, and an intact block can be written again', (t) => {
  const header = Buffer.from('# GRUB Environment Block\n');
  const anything = fc.uint8Array({ minLength: 999, maxLength: 999 });
  const nearText = fc
    .string({ unit: fc.constantFrom('a', '=', '\n', '\\', '#'), maxLength: 400 })
    .map((text) => Buffer.from(text.padEnd(999, '#')));
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.oneof(anything, nearText), (rest) => {
        const parsed = parseGrubEnvironment(Buffer.concat([header, rest]));
        if (parsed.kind === 'damaged') return parsed.reason.length > 0;
        return [...parsed.variables.keys()].every((name) => name.length > 0);
      }),
    ),
  );
});

test('variables that reach into the second sector are refused', (t) => {
  const longest = 'x'.repeat(512 - '# GRUB Environment Block\na=\n'.length);
  t.is(serialiseGrubEnvironment(new Map([['a', longest]])).indexOf(0x23, 25), 512);
  t.throws(() => serialiseGrubEnvironment(new Map([['a', `${longest}x`]])), {
    code: 'INTERNAL',
  });
  t.throws(() => serialiseGrubEnvironment(new Map([['a', '\\'.repeat(300)]])), {
    code: 'INTERNAL',
  });
});

test('names that GRUB would read as something else are refused', (t) => {
  for (const name of ['', '#a', 'a=b', 'a b', '1a', 'a\n', '?']) {
    t.throws(() => serialiseGrubEnvironment(new Map([[name, '1']])), { code: 'INTERNAL' }, name);
  }
  t.throws(() => serialiseGrubEnvironment(new Map([['a', '\0']])), { code: 'INTERNAL' });
});

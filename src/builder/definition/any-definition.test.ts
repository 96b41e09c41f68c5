import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { DefinitionError } from './definition-error.ts';
import type { HostFiles } from './host-files.ts';
import { loadDefinition } from './load-definition.ts';

const EVERYTHING = readFileSync('fixtures/definitions/good/everything.yaml', 'utf8');

function filesWith(bytes: Uint8Array): HostFiles {
  return {
    read: async (file) =>
      file === 'kubeos.yaml' || file === 'other.yaml'
        ? { kind: 'read', bytes }
        : { kind: 'unreadable', reason: 'there is no such file' },
    kindOf: async () => undefined,
  };
}

async function outcome(bytes: Uint8Array, overrides: readonly string[] = []): Promise<string> {
  try {
    await loadDefinition({ file: 'kubeos.yaml', overrides, files: filesWith(bytes) });
    return 'loaded';
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    if (error.issues.length === 0) throw new Error('refused without a reason', { cause: error });
    const vague = error.issues.find(({ message }) => /undefined|^\s*$/.test(message));
    if (vague !== undefined) throw new Error(`says nothing: ${error.message}`, { cause: error });
    return 'refused';
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const WORDS = [
  ...['name', 'base', 'units', 'users', 'files', 'extends', 'sysctl', 'etc', 'packages', 'a'],
  ...[': ', ':\n  ', '\n', '\n- ', '- ', '[', ']', '{', '}', ', ', '"', "'", '|', '>', '&a ', '*a'],
  ...['!!str ', '!x ', '---\n', '...\n', '? ', '#', '\t', '%YAML 1.2\n', '<<: ', '\\', '\u0007'],
  ...[
    'null',
    'true',
    '1',
    '0x1f',
    '.nan',
    '1e999',
    '\u{1f600}',
    '\ufeff',
    '__proto__',
    'other.yaml',
  ],
];

test('any bytes either load or are refused with reasons', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      await outcome(bytes);
    }),
  );
  t.pass();
});

test('any text of YAML’s own words either loads or is refused with reasons', async (t) => {
  const text = fc
    .array(fc.constantFrom(...WORDS), { maxLength: 25 })
    .map((words) => words.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      await outcome(encode(written));
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('a good definition with one part damaged either loads or is refused with reasons', async (t) => {
  const damage = fc.tuple(
    fc.nat(EVERYTHING.length),
    fc.nat(12),
    fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 5 })),
  );
  await fc.assert(
    fc.asyncProperty(damage, async ([at, length, by]) => {
      await outcome(encode(EVERYTHING.slice(0, at) + by + EVERYTHING.slice(at + length)));
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('any override either is taken or is refused with reasons', async (t) => {
  const path = fc.array(
    fc.constantFrom('name', 'users', '0', 'units', 'enable', '"a.b"', 'sysctl', 'root', '-1', ''),
    { minLength: 1, maxLength: 4 },
  );
  const value = fc.array(fc.constantFrom(...WORDS), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(path, value, async (names, words) => {
      await outcome(encode(EVERYTHING), [`${names.join('.')}=${words.join('')}`]);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

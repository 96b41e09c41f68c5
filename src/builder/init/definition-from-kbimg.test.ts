import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { KubeosError } from '../../errors.ts';
import { definitionSchema } from '../definition/schema.ts';
import { definitionFromKbimg, type KbimgSource } from './definition-from-kbimg.ts';

const FIXTURES = 'fixtures/definitions/kbimg';

async function textOf(name: string): Promise<string> {
  return await readFile(`${FIXTURES}/${name}`, 'utf8');
}

const becomes = test.macro(async (t, source: Omit<KbimgSource, 'text'>, expected: string) => {
  const { text } = definitionFromKbimg({ ...source, text: await textOf(source.file) });
  const file = `${FIXTURES}/${expected}`;
  if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(file, text);
  t.is(text, await readFile(file, 'utf8'), 'UPDATE_FIXTURES=1 rewrites the file; then read it');
});

test('a kbimg.toml becomes a definition and notes', becomes, { file: 'full.toml' }, 'full.yaml');
test('an upgrade image becomes a tar base', becomes, { file: 'dockerimg.toml' }, 'dockerimg.yaml');

test('with the repository file it is whole, and every note is a comment in it', async (t) => {
  const [text, repoFile] = [await textOf('full.toml'), await textOf('openEuler.repo')];
  const imported = definitionFromKbimg({ text, file: 'full.toml', repoFile });
  const written = definitionSchema.safeParse(load(imported.text));
  t.deepEqual(written.error?.issues, undefined);
  t.like(written.data?.base, { type: 'dnf', release: '24.03-LTS' });
  const comments = imported.text.replaceAll(/\n#(?: -|  ) /g, ' ');
  for (const note of imported.notes) t.true(comments.includes(note), note);
  const file = `${FIXTURES}/full-with-repo.yaml`;
  if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(file, imported.text);
  t.is(imported.text, await readFile(file, 'utf8'));
});

test('no password and no passphrase is taken over', async (t) => {
  const { text, notes } = definitionFromKbimg({ text: await textOf('full.toml'), file: 'k.toml' });
  for (const secret of [
    'correct-horse',
    'staple',
    'grub-secret',
    'efi-secret',
    'grub-key',
    '$1$',
  ]) {
    t.false(text.includes(secret), secret);
    t.false(notes.join('\n').includes(secret), secret);
  }
});

test('what is no TOML is refused with its line, without repeating it', (t) => {
  const text = '[grub]\npasswd = "secret\n';
  const error = t.throws(() => definitionFromKbimg({ text, file: 'k.toml' }), {
    instanceOf: KubeosError,
    message: /^k\.toml:2:\d+ this is not valid TOML/,
  });
  t.false(error?.message.includes('secret'));
});

test('what kbimg would not take is refused by its key', (t) => {
  const text = '[from_repo]\nrpmlist = "kernel"\n';
  t.throws(() => definitionFromKbimg({ text, file: 'k.toml' }), {
    code: 'DEFINITION_INVALID',
    message: 'k.toml from_repo.rpmlist: this is not what kbimg takes; expected a list of texts',
  });
});

test('any text is either taken over or refused', async (t) => {
  const full = await textOf('full.toml');
  const damage = fc.tuple(fc.nat(full.length), fc.nat(8), fc.string({ maxLength: 6 }));
  fc.assert(
    fc.property(damage, ([at, length, by]) => {
      const text = full.slice(0, at) + by + full.slice(at + length);
      try {
        const imported = definitionFromKbimg({ text, file: 'k.toml', repoFile: text });
        t.notThrows(() => load(imported.text));
      } catch (error) {
        if (!(error instanceof KubeosError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});

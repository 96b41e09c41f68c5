import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import test from 'ava';
import { KubeosError } from '../../errors.ts';
import { distributionOf } from './inventory.ts';
import { loadOsRelease } from './load-os-release.ts';
import { parseOsRelease } from './parse-os-release.ts';

const parse = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(parseOsRelease(text, '/etc/os-release'));

test('reads plain and quoted values, comments and empty lines', (t) => {
  const text = `# a comment
PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
  ID=debian

VERSION_ID='13'
HOME_URL=https://www.debian.org/
EMPTY=
QUOTED="a \\"b\\" \\$c \\\\d"
ID=last
`;
  t.deepEqual(parse(text), {
    PRETTY_NAME: 'Debian GNU/Linux 13 (trixie)',
    ID: 'last',
    VERSION_ID: '13',
    HOME_URL: 'https://www.debian.org/',
    EMPTY: '',
    QUOTED: 'a "b" $c \\d',
  });
});

const refuses = test.macro({
  exec(t, line: string) {
    const error = t.throws(() => parse(`ID=a\n${line}\n`), { instanceOf: KubeosError });
    t.is(error.code, 'BUILD_CHECK_FAILED');
    t.is(error.message, `/etc/os-release:2: not an assignment: ${line}`);
  },
  title: (_, line: string) => `refuses ${line}`,
});

test(refuses, 'NAME=two words');
test(refuses, 'NAME="open');
test(refuses, 'NAME="a"b');
test(refuses, 'NAME="$(id)"');
test(refuses, 'NAME="`id`"');
test(refuses, 'NAME=$HOME');
test(refuses, 'NAME = spaced');
test(refuses, 'export NAME=a');
test(refuses, '1NAME=a');
test(refuses, 'no assignment');

test('reads what it accepts as a shell does', (t) => {
  const written = fc.oneof(
    fc.stringMatching(/^[\w./:+@,%=-]*$/),
    fc.stringMatching(/^'[ -&(-~]*'$/),
    fc.stringMatching(/^"(?:[ !#%-[\]^_a-{|}~]|\\["$`\\])*"$/),
  );
  const values = fc.sample(written, { numRuns: 200, seed: 7 });
  const lines = values.map((value, index) => `V${String(index)}=${value}`).join('\n');
  const print = values.map((_, index) => `printf '%s\\0' "$V${String(index)}"`).join('\n');
  const output = execFileSync('sh', ['-c', `${lines}\n${print}`], { encoding: 'utf8' });
  t.deepEqual(Object.values(parse(lines)), output.split('\0').slice(0, -1));
});

test('takes /etc before /usr/lib, and no link that leads out of the tree', async (t) => {
  await using tree = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  await mkdir(path.join(tree.path, 'etc'));
  await mkdir(path.join(tree.path, 'usr/lib'), { recursive: true });
  await writeFile(path.join(tree.path, 'usr/lib/os-release'), 'ID=inside\n');
  await symlink('/etc/os-release', path.join(tree.path, 'etc/os-release'));
  t.is((await loadOsRelease(tree.path)).get('ID'), 'inside');
  await using other = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  await t.throwsAsync(loadOsRelease(other.path), { message: /has no os-release/ });
});

test('an image without ID is refused, since scanners would find nothing in it', (t) => {
  t.throws(() => distributionOf(new Map([['NAME', 'x']])), { message: 'os-release has no ID' });
  t.deepEqual(distributionOf(new Map([['ID', 'debian']])), {
    id: 'debian',
    versionId: '',
    name: 'debian',
  });
});

import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { COMMANDS as AGENT_COMMANDS } from '../../agent/cli/command-table.ts';
import { COMMANDS } from '../command-table.ts';
import { ERROR_PAGES, exitCodeOfPage, PAGE_CODES, typed } from './error-pages.ts';
import { explanation } from './explanation.ts';

const src = fileURLToPath(new URL('../..', import.meta.url));

async function sources(): Promise<string[]> {
  const files = await Array.fromAsync(glob('**/*.ts', { cwd: src }));
  const shipped = files.filter((file) => !/\.test\.ts$|testing\/|cli\/explain\//.test(file));
  return await Promise.all(shipped.map((file) => readFile(path.join(src, file), 'utf8')));
}

/** What stands in the source between the values, in this order and not far from each other. */
function patternOf(message: string): RegExp {
  const pieces = message.split('…').map((piece) => RegExp.escape(piece));
  return new RegExp(pieces.join('[^]{1,90}?'));
}

test('every message that a page quotes is said somewhere, in these words', async (t) => {
  const texts = await sources();
  const invented = PAGE_CODES.flatMap((code) =>
    ERROR_PAGES[code].says
      .filter(({ message }) => !texts.some((text) => patternOf(message).test(text)))
      .map(({ message }) => `${code}: ${message}`),
  );
  t.deepEqual(invented, []);
});

test('every command that a page names exists', (t) => {
  const known = new Set([
    ...COMMANDS.map(({ name }) => `kubeos ${name}`),
    ...Object.keys(AGENT_COMMANDS).map((name) => `kubeos-agent ${name}`),
  ]);
  const named = PAGE_CODES.flatMap((code) => ERROR_PAGES[code].from.map(typed));
  t.deepEqual(
    named.filter((command) => !known.has(command)),
    [],
  );
});

test('a page says what a code means, what it leaves behind, what to do and how one sees that it worked', (t) => {
  for (const code of PAGE_CODES) {
    const text = explanation(code);
    t.regex(
      text,
      exitCodeOfPage(code) === null
        ? new RegExp(`^${code}\\n`)
        : new RegExp(`^${code}, exit code \\d+\\n`),
    );
    for (const { remedy } of ERROR_PAGES[code].says) t.true(text.includes(`→ ${remedy}\n`));
    t.true(text.includes(`It worked when: ${ERROR_PAGES[code].worked}\n`));
    t.notRegex(text, /undefined|\n\n\n/);
  }
});

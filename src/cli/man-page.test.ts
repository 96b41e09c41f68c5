import test from 'ava';
import { execa } from 'execa';
import { COMMANDS } from './command-table.ts';
import { manPage } from './man-page.ts';

/** The page as a terminal shows it, without bold and underlines, each run of spaces as one. */
async function shown(page: string): Promise<string> {
  const args = ['-man', '-Tutf8', '-ww', '-P-c', '-P-b', '-P-u'];
  const { stdout, stderr } = await execa('groff', args, { input: page });
  if (stderr !== '') throw new Error(stderr);
  return stdout.replaceAll(/\s+/g, ' ');
}

test('shows every command with its options and examples, and groff warns of nothing', async (t) => {
  const page = await shown(manPage(COMMANDS, '1.2.3'));
  for (const { name, options, examples } of COMMANDS) {
    t.true(page.includes(` kubeos ${name}`), name);
    for (const option of Object.keys(options)) t.true(page.includes(` --${option}`), option);
    for (const { command } of examples) t.true(page.includes(command), command);
  }
  t.true(page.includes('kubeos boot IMAGE'));
  t.true(page.includes('kubeos build [DEFINITION]'));
  t.true(page.includes('130 Stopped by SIGINT'));
});

test('shows text as it is written, whatever roff would make of it', async (t) => {
  const [command] = COMMANDS;
  const summary = ".TH is 'not' a \\fBrequest\\fR here -- nor is ~ a tilde";
  const page = await shown(manPage(command === undefined ? [] : [{ ...command, summary }], '1'));
  t.true(page.includes(`${summary}.`));
});

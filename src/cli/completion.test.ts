import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { firstWord } from './command-nouns.ts';
import { COMMANDS } from './command-table.ts';
import { completionScript } from './completion.ts';

/** Calls the function as readline does, with the cursor at the end of the last word. */
const ASK_BASH = `
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_kubeos
printf '%s\\n' "\${COMPREPLY[@]}"
`;

async function bashOffers(...words: readonly string[]): Promise<string[]> {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-completion-'));
  const script = path.join(dir.path, 'kubeos.bash');
  await writeFile(script, completionScript('bash', COMMANDS));
  const args = ['--norc', '-u', '-c', ASK_BASH, 'ask', script, ...words];
  const { stdout, stderr } = await execa('bash', args);
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash offers every command, and completes its beginning', async (t) => {
  const offered = await bashOffers('kubeos', '');
  t.deepEqual(
    offered.filter((word) => !word.startsWith('-')),
    [...new Set(COMMANDS.map(firstWord))],
  );
  t.deepEqual(await bashOffers('kubeos', 'doc'), ['doctor']);
  t.deepEqual(await bashOffers('kubeos', '--quiet', 'doc'), ['doctor']);
});

test('bash offers the options of each command, and those of every command', async (t) => {
  for (const { name, options } of COMMANDS) {
    const offered = await bashOffers('kubeos', ...name.split(' '), '--');
    const expected = [...Object.keys(options), 'json', 'no-color', 'help'];
    t.deepEqual(
      expected.filter((option) => !offered.includes(`--${option}`)),
      [],
    );
  }
});

test('bash offers the choices of an option, also after "="', async (t) => {
  t.deepEqual(await bashOffers('kubeos', 'boot', '--firmware', ''), ['uefi', 'bios']);
  t.deepEqual(await bashOffers('kubeos', 'boot', '--firmware', '='), ['uefi', 'bios']);
  t.deepEqual(await bashOffers('kubeos', 'boot', '--firmware', '=', 'b'), ['bios']);
});

test('bash leaves arguments of a command to its own completion of file names', async (t) => {
  t.deepEqual(await bashOffers('kubeos', 'build', 'ima'), []);
  t.deepEqual(await bashOffers('kubeos', 'build', '--out', ''), []);
});

/** A person at a zsh of its own terminal: types, presses Tab, presses Enter, and sees what would have run. */
const ASK_ZSH = `
zmodload zsh/zpty
zpty person zsh -f -i
zpty -w person "PS1=; autoload -U compinit; compinit -u -D; source $1; kubeos() { print -r -- \\"<\\$*>\\" }; echo REA""DY"
zpty -r person seen '*READY*'
zpty -w person "$2"$'\\t'
zpty -r person seen '*<*>*'
print -r -- "\${\${seen##*<}%%>*}"
`;

async function zshCompletes(line: string): Promise<string> {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-completion-'));
  const script = path.join(dir.path, '_kubeos');
  await writeFile(script, completionScript('zsh', COMMANDS));
  await writeFile(path.join(dir.path, 'image.raw'), '');
  const args = ['-f', '-c', ASK_ZSH, 'ask', script, line];
  return (await execa('zsh', args, { cwd: dir.path })).stdout;
}

test('zsh completes commands, options, their choices and file names', async (t) => {
  t.is(await zshCompletes('kubeos doc'), 'doctor');
  t.is(await zshCompletes('kubeos build --cache'), 'build --cache-directory');
  t.is(await zshCompletes('kubeos boot --firmware=b'), 'boot --firmware=bios');
  t.is(await zshCompletes('kubeos boot --firmware u'), 'boot --firmware uefi');
  t.is(await zshCompletes('kubeos --quiet boot ima'), '--quiet boot image.raw');
});

import { readFile, readdir, writeFile } from 'node:fs/promises';
import test from 'ava';
import { checkTree, type TreeFacts } from './check-tree.ts';
import { DefinitionError } from './definition-error.ts';
import { loadDefinition } from './load-definition.ts';
import { renderIssue } from './render-issue.ts';

const FIXTURES = 'fixtures/definitions';
const BAD = `${FIXTURES}/bad`;
const MESSAGES = `${FIXTURES}/bad-messages.txt`;

/** Faults of the command line, one section each. */
const OVERRIDES: readonly (readonly string[])[] = [
  ['version'],
  ['partitons.root=1GiB', 'arch=amd46', 'version=[1, 2]', 'epoch=one'],
  ['packages.7=vim', 'units.enable={a: b', 'users=[{name: core, password: correct-horse}]'],
];

const TREE: TreeFacts = {
  hasPath: (file) => file === '/bin/bash',
  units: new Set(['sshd.service', 'getty@.service', 'cups.service']),
  kernels: ['6.12.9-amd64'],
  modules: new Set(['br_netfilter', 'overlay']),
  users: new Map([
    ['root', 0],
    ['www-data', 33],
    ['lp', 7],
  ]),
  groups: new Set(['root', 'sudo', 'wheel']),
};

async function messageOf(file: string, overrides: readonly string[] = []): Promise<string> {
  try {
    await loadDefinition({ file, overrides });
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.issues.map(renderIssue).join('\n').replaceAll(`${BAD}/`, '');
    throw error;
  }
  throw new Error(`${file} loads without an error`);
}

async function treeMessage(file: string, facts: TreeFacts): Promise<string> {
  const loaded = await loadDefinition({ file: `${FIXTURES}/${file}`, overrides: [] });
  return loaded.locate(checkTree(loaded.definition, facts)).map(renderIssue).join('\n');
}

async function allMessages(): Promise<string> {
  const parts: string[] = [];
  for (const name of await definitionsIn(BAD)) {
    parts.push(`## ${name}\n\n${await messageOf(`${BAD}/${name}`)}\n`);
  }
  parts.push(`## no file\n\n${await messageOf(`${BAD}/none.yaml`)}\n`);
  for (const overrides of OVERRIDES) {
    const message = await messageOf(`${FIXTURES}/good/small.yaml`, overrides);
    parts.push(
      `## ${overrides.map((text) => `--set ${text.split('=', 1)[0]}`).join(' ')}\n\n${message}\n`,
    );
  }
  parts.push(`## the built tree\n\n${await treeMessage('tree.yaml', TREE)}\n`);
  parts.push(
    `## a tree without a kernel\n\n${await treeMessage('good/small.yaml', { ...TREE, kernels: [] })}\n`,
  );
  const kernels = ['6.12.9-amd64', '6.12.9-rt-amd64'];
  parts.push(
    `## a tree with two kernels\n\n${await treeMessage('good/small.yaml', { ...TREE, kernels })}\n`,
  );
  return parts.join('\n');
}

async function definitionsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.yaml')).toSorted();
}

test('every bad definition is refused with the message that was reviewed', async (t) => {
  t.true((await definitionsIn(BAD)).length >= 40);
  const text = await allMessages();
  if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(MESSAGES, text);
  t.is(text, await readFile(MESSAGES, 'utf8'), 'UPDATE_FIXTURES=1 rewrites the file; then read it');
});

test('no message speaks of what only a programmer of kubeos knows', async (t) => {
  const text = await readFile(MESSAGES, 'utf8');
  t.notRegex(
    text,
    /\bzod\b|\bundefined\b|invalid_|\[object|\bNaN\b|\bregex\b|discriminator|\binput\b/i,
  );
  t.notRegex(text, /correct-horse|battery staple/);
  t.notRegex(text, /expected (?:;|$)|; ;|: ;/m);
});

test('good definitions load', async (t) => {
  for (const name of await definitionsIn(`${FIXTURES}/good`)) {
    await t.notThrowsAsync(
      loadDefinition({ file: `${FIXTURES}/good/${name}`, overrides: [] }),
      name,
    );
  }
});

import { access, glob, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { load } from 'js-yaml';
import { COMMANDS as AGENT_COMMANDS } from '../src/agent/cli/command-table.ts';
import { GLOBAL_OPTIONS } from '../src/agent/cli/help-text.ts';
import { loadDefinition } from '../src/builder/definition/load-definition.ts';
import { requirementsOf } from '../src/builder/host-check/required-tools.ts';
import { NOUNS } from '../src/cli/command-nouns.ts';
import { COMMANDS } from '../src/cli/command-table.ts';
import { commandOptions, globalOptions } from '../src/cli/listed-options.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Page {
  readonly file: string;
  readonly text: string;
}

async function pages(): Promise<Page[]> {
  const files = await Array.fromAsync(glob(['*.md', 'docs/**/*.md'], { cwd: root }));
  return await Promise.all(
    files
      .toSorted()
      .map(async (file) => ({ file, text: await readFile(path.join(root, file), 'utf8') })),
  );
}

/** The blocks of a page between fences, without the spaces that indent them. */
function blocks({ text }: Page, language: string): string[] {
  const found = text.matchAll(new RegExp(`^( *)\`\`\`${language}\n([^]*?)^ *\`\`\``, 'gm'));
  return [...found].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

test('every link to a file of the project leads to one', async (t) => {
  const broken: string[] = [];
  for (const { file, text } of await pages()) {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const place = path.join(root, path.dirname(file), target);
      await access(place).catch(() => broken.push(`${file}: ${target}`));
    }
  }
  t.deepEqual(broken, []);
});

/** `kubeos build --locked …`, as far as a shell's own syntax begins. */
const COMMAND_LINE = /\bkubeos ([a-z]+)((?: +(?:--?[a-z-]+|[\w./:@=*'-]+))*)/g;

function faultsOf(first: string, words: string): string[] {
  const name = NOUNS.has(first) ? `${first} ${/[a-z]+/.exec(words)?.[0] ?? ''}` : first;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) return [`there is no kubeos ${name}`];
  const known = [...commandOptions(command), ...globalOptions()].flatMap(({ flags }) => flags);
  const used = words.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
  return used
    .filter((flag) => !known.includes(flag))
    .map((flag) => `kubeos ${name} has no ${flag}`);
}

test('commands in README and guides exist, with their options', async (t) => {
  const shown = (await pages()).filter(({ file }) => /^README|guides\//.test(file));
  const faults = shown.flatMap((page) =>
    [...blocks(page, 'sh'), ...blocks(page, 'yaml')].flatMap((block) =>
      [...block.matchAll(COMMAND_LINE)].flatMap(([, name = '', words = '']) =>
        faultsOf(name, words).map((fault) => `${page.file}: ${fault}`),
      ),
    ),
  );
  t.deepEqual(faults, []);
});

/** `kubeos-agent prepare --image-url …`, in a block or between backticks, and on more lines than one. */
const AGENT_LINE = /\bkubeos-agent ([a-z-]+)((?:[^`|&#;\n\\]|\\\n)*)/g;

function agentFaultsOf(name: string, words: string): string[] {
  const command = Object.hasOwn(AGENT_COMMANDS, name) ? AGENT_COMMANDS[name] : undefined;
  if (command === undefined) return [`there is no kubeos-agent ${name}`];
  const known = Object.keys({ ...command.options, ...GLOBAL_OPTIONS });
  const used = [...words.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, option = '']) => option);
  return used
    .filter((option) => !known.includes(option))
    .map((option) => `kubeos-agent ${name} has no --${option}`);
}

test('commands of a node in every page exist, with their options', async (t) => {
  let count = 0;
  const faults = (await pages()).flatMap((page) => {
    const { file, text } = page;
    const inline = [...text.matchAll(/`(kubeos-agent [^`\n]+)`/g)].map(([, line]) => line);
    const shown = [...blocks(page, 'sh'), ...inline].join('\n');
    return [...shown.matchAll(AGENT_LINE)].flatMap(([, name = '', words = '']) => {
      count += 1;
      return agentFaultsOf(name, words).map((fault) => `${file}: ${fault}`);
    });
  });
  t.deepEqual(faults, []);
  t.true(count > 50, `${count} commands`);
});

test('definitions in the guides are valid, and every other YAML is YAML', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-pages-'));
  let definitions = 0;
  for (const page of await pages()) {
    for (const block of blocks(page, 'yaml')) {
      t.notThrows(() => load(block), page.file);
      if (!/^name:[^]*^base:/m.test(block)) continue;
      definitions += 1;
      const file = path.join(dir.path, `${definitions}.yaml`);
      await writeFile(file, block);
      await t.notThrowsAsync(loadDefinition({ file, overrides: [] }), page.file);
    }
  }
  t.true(definitions > 0);
});

test('the guide to CI installs every package that a build may need', async (t) => {
  const { tools, files } = requirementsOf({
    arch: 'amd64',
    firmware: ['uefi', 'bios'],
    outputs: ['raw', 'qcow2'],
    root: { fileSystem: 'ext4', verity: true },
    base: { type: 'apt' },
    scripts: [{}],
  });
  const guide = await readFile(path.join(root, 'docs/guides/ci.md'), 'utf8');
  const lists = [...guide.matchAll(/--no-install-recommends ([^]*?zstd)/g)];
  t.is(lists.length, 2);
  for (const [, list = ''] of lists) {
    const installed = list.split(/[\s\\]+/);
    const missing = [...tools, ...files].filter(({ deb }) => !installed.includes(deb));
    t.deepEqual(missing, []);
  }
});

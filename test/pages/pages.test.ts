import { access, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { load } from 'js-yaml';
import { z } from 'zod';
import { loadDefinition } from '../../src/builder/definition/load-definition.ts';
import { INSPECT_TOOLS } from '../../src/builder/host-check/image-tools.ts';
import { requirementsOf } from '../../src/builder/host-check/required-tools.ts';
import { readOsSpec } from '../../src/rollout/api/rollout-policy.ts';
import { crdSchemaOf, type CrdField } from '../../tools/reference/crd-schema.ts';
import { KUBEOS_FIELDS } from '../../tools/reference/kubeos-fields.ts';
import { blocksOf, PROJECT, readPage, readPages, type Page } from './page.ts';

interface Link {
  /** `README.md: docs/x.md#part` */
  readonly said: string;
  /** Below the project; the page itself for a link within it. */
  readonly file: string;
  readonly anchor: string;
}

function linksOf({ file, text }: Page): Link[] {
  return [...text.matchAll(/\]\(([^)#:\s]*)(?:#([^)\s]*))?\)/g)].map(
    ({ 1: target = '', 2: anchor = '' }) => ({
      said: `${file}: ${target}${anchor === '' ? '' : `#${anchor}`}`,
      file: target === '' ? file : path.join(path.dirname(file), target),
      anchor,
    }),
  );
}

test('every link to a file of the project leads to one', async (t) => {
  const broken: string[] = [];
  for (const { said, file } of (await readPages()).flatMap(linksOf)) {
    await access(path.join(PROJECT, file)).catch(() => broken.push(said));
  }
  t.deepEqual(broken, []);
});

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = ({ text }: Page): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

test('every link to a part of a page leads to a heading', async (t) => {
  const pages = await readPages();
  const anchors = new Map(pages.map((page) => [page.file, anchorsOf(page)]));
  const broken = pages
    .flatMap(linksOf)
    .filter(({ file, anchor }) => anchor !== '' && anchors.get(file)?.includes(anchor) !== true);
  t.deepEqual(
    broken.map(({ said }) => said),
    [],
  );
});

test('definitions in the guides are valid, and every other YAML is YAML', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-pages-'));
  let definitions = 0;
  for (const page of await readPages()) {
    for (const { label, text } of blocksOf(page)) {
      if (!/^yaml\b/.test(label)) continue;
      t.notThrows(() => load(text), page.file);
      if (!/^name:[^]*^base:/m.test(text)) continue;
      definitions += 1;
      const file = path.join(dir.path, `${definitions}.yaml`);
      await writeFile(file, text);
      await t.notThrowsAsync(loadDefinition({ file, overrides: [] }), page.file);
    }
  }
  t.true(definitions > 0);
});

test('the guide to CI installs every package that a build and its inspection may need', async (t) => {
  const { tools, files } = requirementsOf({
    arch: 'amd64',
    firmware: ['uefi', 'bios'],
    outputs: ['raw', 'qcow2'],
    root: { fileSystem: 'ext4', verity: true },
    base: { type: 'apt' },
    scripts: [{}],
  });
  const { text } = await readPage('docs/guides/ci.md');
  const lists = [...text.matchAll(/--no-install-recommends ([^]*?zstd)/g)];
  t.is(lists.length, 2);
  for (const [, list = ''] of lists) {
    const installed = list.split(/[\s\\]+/);
    const missing = [...tools, ...files, ...INSPECT_TOOLS].filter(
      ({ deb }) => !installed.includes(deb),
    );
    t.deepEqual(missing, []);
  }
});

const objectSchema = z.object({ kind: z.literal('OS'), spec: z.record(z.string(), z.unknown()) });

/** An OS object, or in the guide to rollouts a part of its spec; null for other YAML. */
function specIn({ file }: Page, value: unknown): Readonly<Record<string, unknown>> | null {
  const whole = objectSchema.safeParse(value);
  if (whole.success) return whole.data.spec;
  const part = z.looseObject({}).safeParse(value);
  return file === 'docs/guides/rollouts.md' && part.success ? part.data : null;
}

/** Fields that no object of the kind has. */
function unknownIn(value: unknown, field: CrdField, place: string): string[] {
  if (Array.isArray(value)) {
    const { items = field } = field;
    return value.flatMap((one) => unknownIn(one, items, `${place}[]`));
  }
  const named = Object.keys(field.properties).length > 0;
  if (!named || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = field.properties[name];
    return known === undefined ? [`${place}.${name}`] : unknownIn(inner, known, `${place}.${name}`);
  });
}

test('OS objects in the guides, and parts of them, are what an operator takes', async (t) => {
  const schema = crdSchemaOf('os').properties['spec'];
  let count = 0;
  for (const page of await readPages()) {
    for (const { label, text, line } of blocksOf(page)) {
      const spec = /^yaml\b/.test(label) ? specIn(page, load(text)) : null;
      if (spec === null || schema === undefined) continue;
      count += 1;
      // A pipeline adds the release.
      const { faults = [] } = readOsSpec({ release: RELEASE, ...spec });
      t.deepEqual([...faults, ...unknownIn(spec, schema, 'spec')], [], `${page.file}:${line}`);
    }
  }
  t.true(count >= 4, `${count} objects`);
});

const RELEASE = `1.4.2@sha256:${'a'.repeat(64)}`;

test('the guide to recovering quotes all that GRUB says, and nothing else', async (t) => {
  const { text } = await readPage('docs/guides/recover.md');
  const grub = await readFile(path.join(PROJECT, 'templates/grub.cfg'), 'utf8');
  const [, rows = ''] = /\| `kubeos: …` \|.*\n([^]*?)\n\n/.exec(text) ?? [];
  const quoted = [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, line = '']) => line);
  const said = [...grub.matchAll(/echo "kubeos: ([^"]+)"/g)].map(([, line = '']) => line);
  t.true(said.length >= 20);
  // A letter, a number or what is left out is a variable of the script.
  t.deepEqual(
    quoted.map((line) => line.replaceAll(/\b[AB]\b|\b[0-3]\b|…/g, '…')).toSorted(),
    said.map((line) => line.replaceAll(/\$\w+/g, '…')).toSorted(),
  );
});

test('who comes from KubeOS finds every field of its objects', async (t) => {
  const { text } = await readPage('docs/guides/from-kubeos.md');
  const fields = Object.values(KUBEOS_FIELDS).flat();
  t.deepEqual(
    fields.filter((field) => !new RegExp(`\`[^\`]*\\b${field}\\b[^\`]*\``).test(text)),
    [],
  );
});

import { dump } from 'js-yaml';
import type { DefinitionFault } from '../definition/definition-fault.ts';
import { parseDefinition } from '../definition/parse-definition.ts';
import { parseLocatedYaml } from '../definition/parse-located-yaml.ts';
import { pathText } from '../definition/describe-value.ts';
import { convertKbimg } from './convert-kbimg.ts';
import { parseKbimg } from './parse-kbimg.ts';

export interface ImportedDefinition {
  /** `kubeos.yaml`, the notes at its top as comments. */
  readonly text: string;
  /** What was left out or changed, and what is still to do before it loads; one sentence each. */
  readonly notes: readonly string[];
}

export interface KbimgSource {
  /** Of kbimg.toml. */
  readonly text: string;
  /** For messages. */
  readonly file: string;
  /** Text of the yum repository file at `from_repo.repo_path`, if it can be read. */
  readonly repoFile?: string;
}

/**
 * KubeOS's `kbimg.toml` as a definition. Passwords in plain text are never taken over.
 *
 * @throws KubeosError DEFINITION_INVALID for what kbimg would not take either
 */
export function definitionFromKbimg(source: KbimgSource): ImportedDefinition {
  const converted = convertKbimg(parseKbimg(source.text, source.file), source.repoFile);
  const body = dump(converted.definition, { lineWidth: 100 });
  const notes = [...converted.notes, ...stillWrong(body)];
  return { text: `${comments(source.file, notes)}\n${body}`, notes };
}

/** What the definition's own checks say of the result, beside what the notes say of its base. */
function stillWrong(body: string): string[] {
  const { node } = parseLocatedYaml(body, 'kubeos.yaml');
  if (node?.kind !== 'map') return [];
  return parseDefinition(node, true)
    .faults.filter((fault) => fault.path[0] !== 'base')
    .map((fault) => [
      `${pathText(fault.path)}: ${fault.message}`,
      expectation(fault),
      fault.suggestion,
    ])
    .map((parts) => parts.filter((part) => part !== undefined).join('; '));
}

function expectation({ expected }: DefinitionFault): string | undefined {
  return expected === undefined ? undefined : `expected ${expected}`;
}

function comments(file: string, notes: readonly string[]): string {
  const lines = [
    '# yaml-language-server: $schema=kubeos.schema.json',
    '#',
    `# Made from ${file.replaceAll(/\p{Cc}+/gu, ' ')} of KubeOS. Left out, changed, or left to you:`,
    ...notes.flatMap((note) =>
      wrapped(note).map((line, index) => `#${index === 0 ? ' -' : '  '} ${line}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function wrapped(note: string): string[] {
  return note
    .replaceAll(/\p{Cc}+/gu, ' ')
    .split(' ')
    .reduce<string[]>((lines, word) => {
      const last = lines.at(-1);
      const fits = last !== undefined && last.length + word.length < 95;
      return fits ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word];
    }, []);
}

import {
  definitionJsonSchema,
  isNode,
  propertiesOf,
  variantsOf,
  type SchemaNode,
} from './definition-schema.ts';
import { code, GENERATED, table } from './markdown.ts';

const INTRODUCTION = `# Image definition: kubeos.yaml

${GENERATED}

One YAML file says what an image is. It is strict: an unknown key, a value of the wrong form or two values that do
not fit each other stop the build before it starts, with file, line, value and what to do.

- A path on the build host is relative to the file that it is written in.
- \`extends: ../other/kubeos.yaml\` builds on another definition: maps merge key by key at every depth, lists append
  (the base's items first), every other value replaces the base's.
- \`kubeos build --set key.path=value\` puts one value in place of what the files say: \`--set version=1.4.2\`,
  \`--set partitions.root=3GiB\`, \`--set 'outputs=[raw, qcow2]'\`.
`;

/** docs/reference/definition.md: every key of the schema, in its order. */
export function definitionPage(): string {
  const sections = propertiesOf(definitionJsonSchema()).map(([key, node, isRequired]) =>
    section(key, node, isRequired),
  );
  return [INTRODUCTION, ...sections].join('\n');
}

function section(key: string, node: SchemaNode, isRequired: boolean): string {
  const facts = [
    `Value: ${valueOf(node)}.`,
    isRequired ? 'Required.' : `Default: ${defaultOf(node) || 'none'}.`,
  ];
  const parts = [
    `## ${key}`,
    `${node.description ?? ''}.`,
    facts.join(' '),
    ...tablesOf(key, node),
  ];
  return `${parts.join('\n\n')}\n`;
}

function tablesOf(key: string, node: SchemaNode): string[] {
  const variants = taggedVariants(node);
  if (variants.length === 0) return memberTable(rowsOf(node, `${key}.`));
  return variants.flatMap((variant) => [
    `### ${code(`type: ${typeOf(variant)}`)}`,
    ...memberTable(rowsOf(variant, `${key}.`).filter(([name]) => name !== code(`${key}.type`))),
  ]);
}

function taggedVariants(node: SchemaNode): readonly SchemaNode[] {
  return variantsOf(node).filter((variant) => typeOf(variant) !== undefined);
}

/** What tells the variants of a union apart. */
function typeOf(node: SchemaNode): string | undefined {
  const tag = node.properties?.['type'];
  return isNode(tag) ? tag.const?.toString() : undefined;
}

function memberTable(rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [table(['key', 'value', 'default', 'what'], rows)];
}

/** A row for each member, and for the members of it. */
function rowsOf(node: SchemaNode, prefix: string): string[][] {
  const own = propertiesOf(node).flatMap(([key, child, isRequired]) => [
    [
      code(prefix + key),
      valueOf(child),
      isRequired ? '*required*' : defaultOf(child),
      child.description ?? '',
    ],
    ...rowsOf(child, `${prefix}${key}.`),
  ]);
  const below = [
    ...(isNode(node.items) ? [[node.items, `${prefix.replace(/\.$/, '')}[].`] as const] : []),
    ...(isNode(node.additionalProperties)
      ? [[node.additionalProperties, `${prefix}NAME.`] as const]
      : []),
    ...variantsOf(node).map((variant) => [variant, prefix] as const),
  ];
  return [...own, ...below.flatMap(([child, childPrefix]) => rowsOf(child, childPrefix))];
}

function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return '';
  const isEmptyMap = isNode(node.default) && Object.keys(node.default).length === 0;
  return isEmptyMap ? 'the defaults of its keys' : code(JSON.stringify(node.default));
}

function valueOf(node: SchemaNode): string {
  if (node.const !== undefined) return code(String(node.const));
  if (node.enum !== undefined) return alternatives(node.enum.map((word) => code(String(word))));
  if (taggedVariants(node).length > 0) return 'one of the maps below, told apart by `type`';
  const variants = variantsOf(node);
  if (variants.length > 0) return alternatives(variants.map(valueOf));
  const plain = node.type === 'string' ? node.$comment : undefined;
  return plain ?? wordsOf(node);
}

function alternatives(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)]
    .filter((part) => part !== '')
    .join(' or ');
}

function wordsOf(node: SchemaNode): string {
  switch (node.type) {
    case 'array':
      return `list of: ${isNode(node.items) ? valueOf(node.items) : 'anything'}`;
    case 'object':
      return mapWords(node);
    case 'integer':
      return integerWords(node);
    case 'boolean':
      return `${code('true')} or ${code('false')}`;
    default:
      return 'text';
  }
}

function mapWords(node: SchemaNode): string {
  const names = isNode(node.propertyNames) ? `a map by name (${valueOf(node.propertyNames)})` : '';
  const values = isNode(node.additionalProperties)
    ? ` to: ${valueOf(node.additionalProperties)}`
    : '';
  const kind = names === '' ? 'a map' : names + values;
  return node.$comment === undefined ? kind : `${kind} (${node.$comment})`;
}

function integerWords({ minimum = -Infinity, maximum = Infinity }: SchemaNode): string {
  const hasMinimum = minimum > Number.MIN_SAFE_INTEGER;
  const hasMaximum = maximum < Number.MAX_SAFE_INTEGER;
  if (hasMinimum && hasMaximum) return `a whole number from ${minimum} to ${maximum}`;
  return hasMinimum ? `a whole number, at least ${minimum}` : 'a whole number';
}

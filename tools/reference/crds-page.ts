import { rowsOfFields, rulesOf } from './crd-rows.ts';
import { crdSchemaOf, type CrdField } from './crd-schema.ts';
import { KUBEOS_FIELDS } from './kubeos-fields.ts';
import { GENERATED, table } from './markdown.ts';

const INTRODUCTION = `# Cluster objects: OS and OSInstance

${GENERATED}

Group \`upgrade.openeuler.org/v1alpha1\`. An OS object says what the nodes of a selection are to run; each node has an
OSInstance under its name, in namespace \`default\`. The operator writes \`spec\` of an OSInstance, the proxy of the node its
\`status\`, and people neither. What they do: [rollouts](../guides/rollouts.md); what phases and conditions promise:
[contracts](../contracts.md#6-cluster-objects).

The last column says whose a field is: KubeOS's, with its meaning unless the text says otherwise, or ours; how theirs become
ours: [coming from KubeOS](../guides/from-kubeos.md). \`kubectl explain os.spec.strategy\` has the same text.

A *duration* is written like \`90s\`, \`30m\` or \`1h30m\`, a *share* like \`10%\`, a *time* like \`2026-01-01T00:00:00Z\`.
`;

/** docs/reference/crds.md: every field of both kinds, in the order of their schemas. */
export function crdsPage(): string {
  const os = crdSchemaOf('os');
  const { selector, sysconfigs } = os.properties['spec']?.properties ?? {};
  return [
    INTRODUCTION,
    ...partsOf('OS', os),
    ...partsOf('OSInstance', crdSchemaOf('osinstances')),
    sharedPart('Label selectors', selector),
    sharedPart('Settings', sysconfigs),
  ].join('\n');
}

function partsOf(kind: string, schema: CrdField): string[] {
  return Object.entries(schema.properties).map(([part, field]) => {
    const title = `${kind} ${part}`;
    const rows = rowsOfFields(field, `${part}.`).map((row) => [
      ...row,
      ownerOf(row[0] ?? '', title),
    ]);
    const text = [field.description, ...rulesOf(field)].join('\n\n');
    return `## ${title}\n\n${text}\n\n${table(['field', 'type', 'default', 'what', 'of'], rows)}\n`;
  });
}

function ownerOf(place: string, title: string): string {
  const [, first = ''] = /^`\w+\.(\w+)/.exec(place) ?? [];
  return KUBEOS_FIELDS[title]?.includes(first) === true ? 'KubeOS' : 'ours';
}

function sharedPart(title: string, field: CrdField | undefined): string {
  const rows = field === undefined ? [] : rowsOfFields(field, '');
  return `## ${title}\n\n${table(['field', 'type', 'default', 'what'], rows)}\n`;
}

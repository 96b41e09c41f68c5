import type { CrdField } from './crd-schema.ts';
import { code } from './markdown.ts';

/** A row for each field below, and for the fields of it: path, type, default, what it means. */
export function rowsOfFields({ properties, required }: CrdField, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const place = `${prefix}${name}`;
    const { meaning, otherwise } = describe(field, required.includes(name));
    return [[code(place), typeOf(field), otherwise, meaning], ...rowsBelow(field, place)];
  });
}

function rowsBelow(field: CrdField, place: string): string[][] {
  if (sharedTypeOf(field) !== undefined) return [];
  const { items } = field;
  return [
    ...rowsOfFields(field, `${place}.`),
    ...(items === undefined || sharedTypeOf(items) !== undefined
      ? []
      : rowsOfFields(items, `${place}[].`)),
  ];
}

/** What stands at several places is shown once. */
function sharedTypeOf({ properties }: CrdField): string | undefined {
  if ('matchLabels' in properties) return '[label selector](#label-selectors)';
  return 'configs' in properties ? '[settings](#settings)' : undefined;
}

const wordOf = (value: unknown): string =>
  value === '' ? 'empty' : code(typeof value === 'string' ? value : JSON.stringify(value));

const DURATION = '^([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$';

function typeOf(field: CrdField): string {
  const shared = sharedTypeOf(field);
  if (shared !== undefined) return shared;
  if (field['x-kubernetes-int-or-string'] === true) return 'number or share';
  if (field['x-kubernetes-preserve-unknown-fields'] === true) return 'any';
  if (field.enum !== undefined) return field.enum.map((value) => wordOf(value)).join(', ');
  return plainTypeOf(field);
}

function plainTypeOf(field: CrdField): string {
  const { additionalProperties: values } = field;
  switch (field.type) {
    case 'string':
      return textTypeOf(field);
    case 'integer':
      return `number${limitsOf(field)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return listTypeOf(field);
    default:
      return values === undefined ? 'map' : `map of ${typeOf(values)}`;
  }
}

function limitsOf({ minimum, maximum }: CrdField): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`;
}

function listTypeOf({ items, maxItems }: CrdField): string {
  const most = maxItems === undefined ? '' : ` (${maxItems} at most)`;
  return `list${most}${items === undefined ? '' : ` of ${typeOf(items)}`}`;
}

function textTypeOf({ format, pattern }: CrdField): string {
  if (format === 'date-time') return 'time';
  if (format === 'date') return 'day';
  return pattern === DURATION ? 'duration' : 'text';
}

const DEFAULT_SENTENCE = / ?Default: (.+?)\.$/;

/** A default stands in the schema, where the server writes it down, or else at the end of the description. */
function describe(
  field: CrdField,
  isRequired: boolean,
): { readonly meaning: string; readonly otherwise: string } {
  const said = DEFAULT_SENTENCE.exec(field.description)?.[1] ?? '';
  const written = field.default === undefined ? said : wordOf(field.default);
  return {
    meaning: [field.description.replace(DEFAULT_SENTENCE, ''), ...rulesOf(field)].join(' '),
    otherwise: isRequired ? '*required*' : written,
  };
}

/** What the API server says where a rule beside the types is broken. A time without its form is a rule of its own. */
export function rulesOf({ format, ...field }: CrdField): string[] {
  const rules = format === 'date-time' ? [] : field['x-kubernetes-validations'];
  return rules.map(({ message }) => `Refused otherwise: "${message}".`);
}

import { z } from 'zod';
import { definitionSchema } from './schema.ts';

/** Keys that a file which extends another may leave to that one. */
const INHERITABLE = ['name', 'version', 'base'];

/** What stands in a file: a definition, and what it builds on. */
const fileSchema = definitionSchema.extend({
  extends: z
    .string()
    .optional()
    .describe(
      'Another definition to build on, relative to this file: maps merge, lists append, other values replace',
    ),
});

/**
 * The JSON Schema (draft 7, which editors know best) of `kubeos.yaml`. It helps while writing; what
 * `kubeos build` accepts is decided by the schema that this is made from.
 */
export function definitionJsonSchema(): Record<string, unknown> {
  const generated = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' });
  const { $schema, required = [], ...rest } = generated;
  return {
    $schema,
    title: 'kubeos image definition',
    description: 'From this file `kubeos build` makes the operating system image of a node',
    ...rest,
    required: required.filter((key) => !INHERITABLE.includes(key)),
    if: { not: { required: ['extends'] } },
    // eslint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required },
  };
}

import type { z } from 'zod';
import { definitionSchema } from './schema.ts';

/** A definition of which parts that were malformed are left out; a whole definition is one too. */
export const checkableSchema = definitionSchema.partial({ name: true, version: true, base: true });

export type CheckableDefinition = z.infer<typeof checkableSchema>;

import type { z } from 'zod';
import { KubeosError } from '../errors.ts';

/**
 * A command's arguments as its schema has them. yargs lets through what it cannot know: a number out of range,
 * a word where a number should be, one option given twice.
 * @throws KubeosError USAGE
 */
export function readArguments<Schema extends z.ZodType>(
  schema: Schema,
  args: Readonly<Record<string, unknown>>,
): z.infer<Schema> {
  const result = schema.safeParse(args);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? '');
  const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const reason = Array.isArray(args[name])
    ? 'is given more than once'
    : `is wrong: ${issue?.message ?? ''}`;
  throw new KubeosError('USAGE', `${option} ${reason}`, { hint: 'kubeos COMMAND --help' });
}

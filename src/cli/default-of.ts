import { KubeosError } from '../errors.ts';
import type { OptionSpec } from './command-spec.ts';

type Value = string | number | boolean | readonly string[];

/**
 * An option's value where the command line says nothing: KUBEOS_ and its name in capitals, then its default.
 * Only options of the command that runs are asked for, so a variable of another command is no error.
 */
export function defaultOf(
  name: string,
  option: OptionSpec,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly default?: Value } {
  const variable = `KUBEOS_${name.replaceAll('-', '_').toUpperCase()}`;
  const text = environment[variable];
  if (text !== undefined && text !== '') return { default: valueOf(variable, text, option) };
  return option.default === undefined ? {} : { default: option.default };
}

function valueOf(variable: string, text: string, { type, choices }: OptionSpec): Value {
  if (choices !== undefined && !choices.includes(text))
    throw wrong(variable, text, choices.join(', '));
  switch (type) {
    case 'string':
      return text;
    case 'strings':
      return [text];
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw wrong(variable, text, 'true or false');
    case 'number':
      if (/^-?\d+$/.test(text)) return Number(text);
      throw wrong(variable, text, 'a number');
    default:
      return type satisfies never;
  }
}

function wrong(variable: string, text: string, expected: string): KubeosError {
  return new KubeosError('USAGE', `${variable} is "${text}", expected ${expected}`, {
    hint: `unset it, or give it such a value`,
  });
}

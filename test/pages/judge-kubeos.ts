import { NOUNS } from '../../src/cli/command-nouns.ts';
import type { CommandSpec } from '../../src/cli/command-spec.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { commandOptions, globalOptions, type ListedOption } from '../../src/cli/listed-options.ts';

/** What is wrong with a call of `kubeos`, by its table: the command, an option, its choices, too many words. */
export function judgeKubeos(words: readonly string[]): readonly string[] {
  const [first = '', second = ''] = words;
  if (first.startsWith('-')) return judgeGlobal(words);
  if (NOUNS.has(first) && /^\W*$|^-|^[A-Z]/.test(second)) return [];
  const names = NOUNS.has(first)
    ? second.split('|').map((verb) => `${first} ${verb}`)
    : first.split('|');
  return names
    .filter((name) => !name.endsWith('…'))
    .flatMap((name) => {
      const command = COMMANDS.find((candidate) => candidate.name === name);
      const rest = words.slice(NOUNS.has(first) ? 2 : 1);
      return command === undefined ? [`there is no kubeos ${name}`] : judge(command, rest);
    });
}

function judgeGlobal(words: readonly string[]): readonly string[] {
  const known = globalOptions().flatMap(({ flags }) => flags);
  return words.filter((word) => !known.includes(word)).map((word) => `kubeos has no ${word}`);
}

function judge(command: CommandSpec, words: readonly string[]): readonly string[] {
  const options = [...commandOptions(command), ...globalOptions()];
  const faults: string[] = [];
  const positionals: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^-{1,2}[a-z]/.test(word)) {
      positionals.push(word);
      continue;
    }
    const [flag = '', given] = word.split('=', 2);
    const option = options.find(({ flags }) => flags.includes(flag));
    if (option === undefined) faults.push(`kubeos ${command.name} has no ${flag}`);
    else
      faults.push(
        ...judgeValue(option, given ?? (option.value === undefined ? undefined : rest.shift())),
      );
  }
  const surplus = positionals
    .filter((word) => !/^[…[\]]+$/.test(word))
    .slice(command.positionals.length);
  return [...faults, ...surplus.map((word) => `kubeos ${command.name} has no use for ${word}`)];
}

/** A value in capitals, or with an ellipsis, stands for any. */
function judgeValue(
  { flags, choices }: ListedOption,
  value: string | undefined,
): readonly string[] {
  if (choices.length === 0 || value === undefined || /[A-Z…|]/.test(value)) return [];
  return choices.includes(value) ? [] : [`${flags[0] ?? ''} takes no ${value}`];
}

import type { CommandSpec, PositionalSpec } from './command-spec.ts';
import { firstWord, NOUNS } from './command-nouns.ts';
import { commandOptions, globalOptions, type ListedOption } from './listed-options.ts';

/** The completion script for zsh: sourced, or put as `_kubeos` into a folder of $fpath. */
export function zshCompletion(commands: readonly CommandSpec[]): string {
  return `#compdef kubeos
# zsh completion for kubeos. Load it, after compinit, with: source <(kubeos completion zsh)
_kubeos() {
  local state line
  local -a commands global
  commands=(
${firstWords(commands)
  .map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  .join('\n')}
  )
  global=(
${globalOptions().flatMap(optionSpecs).map(indented).join('\n')}
  )
  _arguments -C $global '1: :->command' '*:: :->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${firstWords(commands)
  .map(({ name }) => firstWordCase(name, commands))
  .join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _kubeos ]]; then
  _kubeos "$@"
else
  compdef _kubeos kubeos
fi
`;
}

type Named = Pick<CommandSpec, 'name' | 'summary'>;

function firstWords(commands: readonly CommandSpec[]): Named[] {
  return [...Map.groupBy(commands, firstWord)].map(([name, [first]]) => ({
    name,
    summary: NOUNS.get(name) ?? first?.summary ?? '',
  }));
}

/** A noun shifts itself away and asks for its verb, as `_arguments` did with the noun. */
function firstWordCase(word: string, commands: readonly CommandSpec[]): string {
  const specs = commands.filter((command) => firstWord(command) === word);
  if (!NOUNS.has(word)) return specs.map((spec) => argumentsCase(spec, word)).join('\n');
  const verbs = specs.map(({ name, summary }) =>
    quoted(`${name.slice(word.length + 1)}:${summary}`),
  );
  return `        ${word})
          commands=(${verbs.join(' ')})
          _arguments -C $global '1: :->command' '*:: :->argument'
          case $state in
            command) _describe verb commands ;;
            argument)
              case $words[1] in
${specs.map((spec) => argumentsCase(spec, spec.name.slice(word.length + 1))).join('\n')}
              esac
              ;;
          esac
          ;;`;
}

function argumentsCase(command: CommandSpec, word: string): string {
  const specs = [
    ...commandOptions(command).flatMap(optionSpecs),
    ...command.positionals.map(positionalSpec),
  ];
  const lines = ['_arguments $global', ...specs].map((spec) => `          ${spec}`);
  return `        ${word})\n${lines.join(' \\\n')}\n          ;;`;
}

function positionalSpec({ name, default: otherwise, choices }: PositionalSpec): string {
  const words = choices === undefined ? '_files' : `(${choices.join(' ')})`;
  return quoted(`${otherwise === undefined ? '' : ':'}:${escaped(name)}:${words}`);
}

/** `_arguments` (zshcompsys(1)) takes one specification for each spelling; one of them excludes the others. */
function optionSpecs(option: ListedOption): string[] {
  const { flags, summary, value, isList } = option;
  const others = isList ? '*' : `(${flags.join(' ')})`;
  return flags.map((flag) => {
    const name = value !== undefined && flag.startsWith('--') ? `${flag}=` : flag;
    return quoted(`${others}${name}[${escaped(summary)}]${valueSpec(option)}`);
  });
}

function valueSpec({ value, choices }: ListedOption): string {
  if (value === undefined) return '';
  return `:${value}:${choices.length === 0 ? '_files' : `(${choices.join(' ')})`}`;
}

const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&');
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const indented = (line: string): string => `    ${line}`;

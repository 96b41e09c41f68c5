import type { CommandSpec } from './command-spec.ts';
import { firstWord, NOUNS, verbsOf } from './command-nouns.ts';
import { commandOptions, globalOptions, type ListedOption } from './listed-options.ts';

/** The completion script for bash 4 and later; it needs no package of completion helpers. */
export function bashCompletion(commands: readonly CommandSpec[]): string {
  const nouns = [...NOUNS.keys()];
  const names = [...new Set(commands.map(firstWord))];
  const single = names.filter((name) => !NOUNS.has(name));
  return `# bash completion for kubeos. Load it with: source <(kubeos completion bash)
_kubeos() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command= words= index
  # "--firmware=u" comes in three words, because "=" separates words here.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${single.join(' | ')}) command=\${COMP_WORDS[index]} && break ;;
${nouns.map(nounCase).join('\n')}
    esac
  done
  case "$command $before" in
${commands.flatMap(choiceCases).join('\n')}
    *)
      case $command in
        '') words='${[...names, ...flagsOf(globalOptions())].join(' ')}' ;;
${nouns.map((noun) => verbsCase(noun, commands)).join('\n')}
${commands.map(wordsCase).join('\n')}
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o bashdefault -o default -F _kubeos kubeos
`;
}

/** The verb belongs to the command once it is complete, which it is when another word follows. */
function nounCase(noun: string): string {
  return `      ${noun})
        command=\${COMP_WORDS[index]}
        if ((index + 1 < COMP_CWORD)); then command+=" \${COMP_WORDS[index + 1]}"; fi
        break
        ;;`;
}

function verbsCase(noun: string, commands: readonly CommandSpec[]): string {
  return `        ${noun}) words='${verbsOf(noun, commands).join(' ')}' ;;`;
}

function choiceCases(command: CommandSpec): string[] {
  return commandOptions(command)
    .filter(({ choices }) => choices.length > 0)
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `'${command.name} ${flag}'`).join(' | ');
      return `    ${patterns}) words='${choices.join(' ')}' ;;`;
    });
}

/** Options are offered once a dash is typed, so that file names come first; a command without arguments has only them. */
function wordsCase(command: CommandSpec): string {
  const words = flagsOf([...commandOptions(command), ...globalOptions()]).join(' ');
  const condition = command.positionals.length === 0 ? '' : '[[ $word == -* ]] && ';
  return `        '${command.name}') ${condition}words='${words}' ;;`;
}

function flagsOf(options: readonly ListedOption[]): string[] {
  return options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--')));
}

/** Nouns with several verbs, as in `kubeos repository init`, and what each is for. */
export const NOUNS: ReadonlyMap<string, string> = new Map([
  ['rollout', 'Releases onto the nodes of a cluster, and what a person says to that'],
  ['node', 'One node of a cluster'],
  ['repository', 'Keys, channels and upkeep of a repository'],
]);

/** The first word of a command: its own name, or its noun. */
export function firstWord({ name }: { readonly name: string }): string {
  return name.split(' ')[0] ?? name;
}

/** The verbs of a noun, in the order of the commands. */
export function verbsOf(noun: string, commands: readonly { readonly name: string }[]): string[] {
  return commands
    .filter(({ name }) => name.startsWith(`${noun} `))
    .map(({ name }) => name.slice(noun.length + 1));
}

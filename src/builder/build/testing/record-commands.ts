import type { Command, Commands } from '../../../host/commands.ts';
import { shellLine, type PlannedCommand } from '../dry-run/planned-command.ts';
import type { StepId, StepRunner } from '../step.ts';

export interface Recording {
  readonly commands: Commands;
  /** Runs a step silently, and takes down the commands that run meanwhile. */
  readonly step: StepRunner;
  ranIn(step: StepId): readonly Command[];
  /** Outside of all steps. */
  readonly stray: readonly Command[];
}

/** Commands that are carried out and remembered. */
export function recordCommands(commands: Commands): Recording {
  const ran: { readonly step: StepId | undefined; readonly command: Command }[] = [];
  let current: StepId | undefined;
  const commandsOf = (step: StepId | undefined): Command[] =>
    ran.filter((one) => one.step === step).map(({ command }) => command);
  return {
    commands: {
      run: async (command) => {
        ran.push({ step: current, command });
        return await commands.run(command);
      },
    },
    step: async (id, action) => {
      current = id;
      const made = await action(() => undefined);
      current = undefined;
      return made;
    },
    ranIn: commandsOf,
    get stray() {
      return commandsOf(undefined);
    },
  };
}

/** How what ran differs from the plan, one line each: what was not planned, and what was planned without a "when" and did not run. */
export function differences(
  planned: readonly PlannedCommand[],
  ran: readonly Command[],
): readonly string[] {
  const strays = ran.filter((command) => !planned.some((plan) => fits(plan, command)));
  const missing = planned
    .filter(({ when }) => when === undefined)
    .filter((plan) => !ran.some((command) => fits(plan, command)));
  return [
    ...strays.map(({ input: _input, ...command }) => `not planned: ${shellLine(command)}`),
    ...missing.map((plan) => `did not run: ${shellLine(plan)}`),
  ];
}

function fits(plan: Command, command: Command): boolean {
  return patternOf(wordsOf(plan)).test(wordsOf(command).join('\0'));
}

function wordsOf({ tool, args, environment = {} }: Command): readonly string[] {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [...settings.toSorted(), tool, ...args];
}

/** Each <> stands for any part of a word, one that ends in … for any number of words. */
function patternOf(words: readonly string[]): RegExp {
  const parts = words.map((word) => {
    if (/^<[^<>]*…>$/.test(word)) return '.*';
    return word
      .split(/<[^<>]*>/)
      .map((text) => RegExp.escape(text))
      .join('[^\\0]*');
  });
  return new RegExp(`^${parts.join('\\0')}$`, 's');
}

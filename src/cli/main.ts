import yargs, { type Argv, type Options } from 'yargs';
import { DefinitionError } from '../builder/definition/definition-error.ts';
import { KubeosError } from '../errors.ts';
import { firstWord, NOUNS } from './command-nouns.ts';
import { COMMANDS } from './command-table.ts';
import type { CliContext, CommandSpec } from './command-spec.ts';
import { defaultOf } from './default-of.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { knownError } from './known-error.ts';
import { renderError, whereMoreIs } from './render-error.ts';
import { synopsis } from './synopsis.ts';
import { VERSION } from './version.ts';

interface Request {
  readonly spec: CommandSpec;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Runs the command that the arguments name. Errors end here: as text for people, as an exit code for programs. */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const request = await parseArguments(argv, context);
    if (request === undefined) return 0;
    const run = await request.spec.load();
    return await run(request.args, context);
  } catch (thrown) {
    const error = context.signal.aborted ? stopped(thrown, context.signal.reason) : thrown;
    const exitCode = exitCodeOf(error, context.signal);
    const text = isJson(argv)
      ? errorEvent(error, exitCode)
      : `${renderError(error)}${whereMoreIs(error)}`;
    context.stderr.write(`${text}\n`);
    return exitCode;
  }
}

/** Asked before the arguments are parsed, which may be what failed. */
function isJson(argv: readonly string[]): boolean {
  return argv.includes('--json') || process.env['KUBEOS_JSON'] === 'true';
}

/** Whatever noticed first that it is over: a signal's reason or an AbortError is no bug. */
function stopped(error: unknown, signal: unknown): unknown {
  if (error instanceof KubeosError || error instanceof SuppressedError) return error;
  return new KubeosError('CANCELLED', `stopped by ${String(signal)}`, { cause: error });
}

function exitCodeOf(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return exitCodeOfSignal(signal.reason);
  const first = knownError(error);
  return first instanceof KubeosError ? first.exitCode : 1;
}

/** The last of the JSON lines on stderr. */
function errorEvent(error: unknown, exitCode: number): string {
  const first = knownError(error);
  const code = first instanceof KubeosError ? first.code : 'INTERNAL';
  const issues = first instanceof DefinitionError ? { issues: first.issues } : {};
  return JSON.stringify({ event: 'error', code, exitCode, message: renderError(error), ...issues });
}

function exitCodeOfSignal(signal: unknown): number {
  if (signal === 'SIGTERM') return 143;
  return signal === 'SIGHUP' ? 129 : 130;
}

/** yargs only records what was asked; it runs nothing and never exits by itself. */
async function parseArguments(
  argv: readonly string[],
  context: CliContext,
): Promise<Request | undefined> {
  let request: Request | undefined;
  const parser = yargs([...argv])
    .scriptName('kubeos')
    .usage('$0 <command>\n\nBuild, publish and roll out the operating system of Kubernetes nodes.')
    .version(VERSION)
    .options(globalOptions())
    .strict()
    .recommendCommands()
    .demandCommand(1, 'say what to do: kubeos --help lists the commands')
    .wrap(Math.min(100, context.stderr.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      // yargs's own errors are about usage too; others come from the defaults of options.
      throw error === undefined || error.name === 'YError'
        ? usageError(message || error.message, argv)
        : error;
    });
  addCommands(parser, (asked) => (request = asked));
  let text = '';
  await parser.parseAsync([...argv], {}, (_error: unknown, _args: unknown, output: string) => {
    text = output;
  });
  if (text !== '') context.stdout.write(`${text}\n`);
  return request;
}

function globalOptions(): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(GLOBAL_OPTIONS).map(([name, option]) => {
      const fallback = defaultOf(name, { ...option, summary: option.describe }, process.env);
      return [name, { ...option, ...fallback }];
    }),
  );
}

/** Names what is missing, and the help that is about it. */
function usageError(message: string, argv: readonly string[]): KubeosError {
  const words = argv.filter((word) => !word.startsWith('-'));
  const asked = COMMANDS.find(({ name }) => words.join(' ').concat(' ').startsWith(`${name} `));
  if (asked === undefined) {
    const [noun = ''] = words.filter((word) => NOUNS.has(word));
    return new KubeosError('USAGE', message, { hint: `${`kubeos ${noun}`.trim()} --help` });
  }
  const hint = `kubeos ${asked.name} --help`;
  const isMissing = message.startsWith('Not enough non-option arguments');
  return new KubeosError('USAGE', isMissing ? `expected ${synopsis(asked)}` : message, { hint });
}

type Recorder = (request: Request) => void;

function addCommands(parser: Argv, record: Recorder): void {
  for (const [noun, specs] of Map.groupBy(COMMANDS, firstWord)) {
    const summary = NOUNS.get(noun);
    if (summary === undefined) for (const spec of specs) addCommand(parser, spec, record);
    else parser.command(noun, summary, (group) => addVerbs(group, specs, record));
  }
}

function addVerbs(group: Argv, specs: readonly CommandSpec[], record: Recorder): Argv {
  for (const spec of specs) addCommand(group, spec, record);
  return group.demandCommand(1, 'say what to do with it: --help lists the verbs');
}

function addCommand(parser: Argv, spec: CommandSpec, record: Recorder): void {
  const verb = spec.name.split(' ').at(-1);
  const words = spec.positionals.map(({ name, default: otherwise }) =>
    otherwise === undefined ? `<${name}>` : `[${name}]`,
  );
  parser.command(
    [verb, ...words].join(' '),
    spec.summary,
    (command) => addParameters(command, spec),
    (args) => record({ spec, args }),
  );
}

function addParameters(command: Argv, spec: CommandSpec): Argv {
  for (const { name, summary, default: otherwise, choices } of spec.positionals) {
    const limits = choices === undefined ? {} : { choices };
    command.positional(name, { type: 'string', describe: summary, default: otherwise, ...limits });
  }
  for (const [name, option] of Object.entries(spec.options)) {
    const isList = option.type === 'strings';
    command.option(name, {
      describe: option.summary,
      ...(isList
        ? { type: 'string', array: true, requiresArg: true, nargs: 1 }
        : { type: option.type }),
      ...defaultOf(name, option, process.env),
      ...(option.choices === undefined ? {} : { choices: option.choices }),
      ...(option.alias === undefined ? {} : { alias: option.alias }),
    } as const);
  }
  for (const { command: line, explains } of spec.examples) command.example(line, explains);
  return command;
}

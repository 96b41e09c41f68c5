import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';

export interface TimedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** Seconds; `cpu` is user and system time of the command and of all that it waited for. */
export interface RunTimes {
  readonly wall: number;
  readonly cpu: number;
}

/** Where a command's times and output go. */
export interface RunFiles {
  readonly times: string;
  readonly log: string;
}

/**
 * Runs a command to its end under GNU time, which sees the CPU time of its children.
 *
 * @throws Error when it fails; its output is at the end of the log
 */
export function timedRun(command: TimedCommand, files: RunFiles): RunTimes {
  const { program, args, environment, workingDirectory } = command;
  const result = spawnSync(
    'time',
    ['--format=%e %U %S', `--output=${files.times}`, program, ...args],
    {
      env: { ...process.env, ...environment },
      ...(workingDirectory === undefined ? {} : { cwd: workingDirectory }),
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
    },
  );
  if (result.error !== undefined) throw result.error;
  const { stdout, stderr, status } = result;
  appendFileSync(files.log, `$ ${[program, ...args].join(' ')}\n${stdout}${stderr}\n`);
  if (status !== 0) throw new Error(`${program} failed; the end of ${files.log} has its output`);
  return parseTimes(readFileSync(files.times, 'utf8'));
}

function parseTimes(text: string): RunTimes {
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = text
    .trim()
    .split(' ')
    .map(Number);
  return { wall, cpu: user + system };
}

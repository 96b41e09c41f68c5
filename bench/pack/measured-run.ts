import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One run of a command: seconds, and the most memory that it had at once (resident), in MiB. */
export interface MeasuredRun {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMib: number;
}

export interface MeasuredCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Keeps it to the first processor. */
  readonly onOneCore?: boolean;
}

/**
 * Runs a command to its end under GNU time.
 *
 * @param times - a file for what GNU time says
 * @throws Error when it fails, with what it said
 */
export function measuredRun(command: MeasuredCommand, times: string): MeasuredRun {
  const pinned = command.onOneCore === true ? ['taskset', '-c', '0'] : [];
  const args = [
    '--format=%e %U %S %M',
    `--output=${times}`,
    ...pinned,
    command.program,
    ...command.args,
  ];
  const { error, status, stderr } = spawnSync('time', args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command.program} ${command.args.join(' ')}: ${stderr}`);
  const [wall = NaN, user = NaN, system = NaN, peak = NaN] = readFileSync(times, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return { wall, cpu: user + system, peakMib: peak / 1024 };
}

/** The quickest of several runs, with the most memory of any. */
export function bestOf(runs: readonly MeasuredRun[]): MeasuredRun {
  return {
    wall: Math.min(...runs.map(({ wall }) => wall)),
    cpu: Math.min(...runs.map(({ cpu }) => cpu)),
    peakMib: Math.max(...runs.map(({ peakMib }) => peakMib)),
  };
}

import type { CommandReader } from '../command-runner.ts';
import { releaseCheck, type CheckResult } from './health-check.ts';
import type { HealthPolicy } from './health-policy.ts';

/** systemd reached its target, and no unit has failed; or, with a list, those on it are well whatever others are. */
export async function systemCheck(
  units: HealthPolicy['units'],
  read: CommandReader,
): Promise<CheckResult> {
  const { stdout } = await read('systemctl', ['is-system-running']);
  const state = stdout.trim();
  const isUp = state === 'running' || (state === 'degraded' && units !== 'all');
  const ill = units === 'all' ? await failedUnits(state, read) : await illUnits(units, read);
  const names = ill.length === 0 ? '' : `: ${ill.join(', ')}`;
  return releaseCheck('systemd', isUp && ill.length === 0, `${state}${names}`);
}

async function failedUnits(state: string, read: CommandReader): Promise<readonly string[]> {
  if (state === 'running') return [];
  const { stdout } = await read('systemctl', [
    ...['list-units', '--failed', '--no-legend', '--plain', '--full'],
  ]);
  return stdout
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((unit) => unit !== '');
}

const PROPERTIES = [
  ...['LoadState', 'ActiveState', 'Type', 'Result', 'ConditionResult'],
  'ExecMainExitTimestampMonotonic',
];

async function illUnits(units: readonly string[], read: CommandReader): Promise<readonly string[]> {
  if (units.length === 0) return [];
  const show = ['show', `--property=${PROPERTIES.join(',')}`, '--', ...units];
  const { stdout } = await read('systemctl', show);
  const shown = stdout.split('\n\n').map(parseUnit);
  return units.flatMap((unit, index) => {
    const words = illnessOf(shown[index] ?? new Map());
    return words === null ? [] : [`${unit} ${words}`];
  });
}

function parseUnit(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** A unit that ends again and again has not failed for systemd: it is `activating`. @returns null for one that is well */
function illnessOf(unit: ReadonlyMap<string, string>): string | null {
  const load = unit.get('LoadState') ?? 'unknown';
  if (load !== 'loaded') return load;
  const active = unit.get('ActiveState') ?? 'unknown';
  if (active === 'active' || active === 'reloading') return null;
  return active === 'inactive' && (isUnwanted(unit) || isDone(unit)) ? null : active;
}

const isUnwanted = (unit: ReadonlyMap<string, string>): boolean =>
  unit.get('ConditionResult') === 'no' && unit.get('ExecMainExitTimestampMonotonic') === '0';

const isDone = (unit: ReadonlyMap<string, string>): boolean =>
  unit.get('Type') === 'oneshot' &&
  unit.get('Result') === 'success' &&
  unit.get('ExecMainExitTimestampMonotonic') !== '0';

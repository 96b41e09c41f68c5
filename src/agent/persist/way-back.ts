import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { CommandRunner } from '../command-runner.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import { otherSlot, type NodeState } from '../slots/node-state.ts';
import { readDataReport } from './data-report.ts';
import { noWayBack, stepsBetween, type MigrationHooks } from './migrate-copy.ts';

export interface WayBackParts {
  readonly disk: Pick<NodeDisk, 'booted'>;
  /** What became of the data when this boot began. */
  readonly dataReport: string;
  /** Only looked for: what needs more rights than the daemon has, a unit runs. */
  readonly hooks: Pick<MigrationHooks, 'find'>;
  readonly run: CommandRunner;
}

const UNIT = 'kubeos-data-back.service';

/**
 * Called before the next boot becomes the other slot's. Where that release is of an older data epoch, its way back has to be
 * whole, and a unit is started that migrates the data when services have stopped.
 *
 * @throws KubeosError REFUSED where there is no way back; COMMAND_FAILED
 */
export async function secureWayBack(parts: WayBackParts, state: NodeState): Promise<void> {
  const { booted } = parts.disk;
  // What runs on trial never owned the data for good: the release before finds what was saved.
  if (!state.environment[booted].ok) return;
  const report = await readDataReport(parts.dataReport);
  const from = report?.epoch ?? dataEpochOf(state, booted);
  const to = dataEpochOf(state, otherSlot(booted));
  if (to >= from) return;
  for (const { epoch } of stepsBetween({ from, to })) {
    if ((await parts.hooks.find('back', epoch)) === null) throw noWayBack(epoch);
  }
  await parts.run('systemctl', ['--no-block', 'start', UNIT]);
}

const dataEpochOf = ({ records }: NodeState, slot: Slot): number =>
  records[slot].release?.dataEpoch ?? 0;

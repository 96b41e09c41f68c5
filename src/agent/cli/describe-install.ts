import { MIB, type DiskLayout } from '../../disk/layout.ts';
import type { InstallPhase } from '../install/install-release.ts';
import type { DiskContent, ObservedDisk } from '../install/observed-disk.ts';
import { refuseDisk } from '../install/refuse-disk.ts';
import type { RunningRelease } from '../install/running-release.ts';

/** A line for each disk, and why it would not be taken. */
export function describeDisks(disks: readonly ObservedDisk[], leastBytes: number): string {
  if (disks.length === 0) return 'this machine has no disk\n';
  return disks
    .map((disk) => {
      const lines = [
        `${disk.device}  ${mebibytes(disk.sizeBytes)}  ${disk.model ?? 'unknown model'}`,
        `  holds     ${describeContent(disk.content)}`,
        `  install   ${describeVerdict(disk, leastBytes)}`,
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

function describeVerdict(disk: ObservedDisk, leastBytes: number): string {
  const refused = refuseDisk(disk, { leastBytes, erase: true });
  if (refused !== null) return `no: ${refused.message}`;
  const command = `kubeos-agent install ${disk.device}`;
  return disk.content.kind === 'data' ? `${command} --erase` : command;
}

function describeContent(content: DiskContent): string {
  switch (content.kind) {
    case 'blank':
      return 'nothing';
    case 'unfinished':
      return 'an installation that was not finished';
    case 'data':
      return content.found.join(', ');
    default:
      return content satisfies never;
  }
}

/** What a disk gets, before the first byte is written. */
export function describeOrder(
  { device, sizeBytes, model, content }: ObservedDisk,
  { slot }: RunningRelease,
  layout: DiskLayout,
): string {
  const partitions = layout.partitions.map(
    ({ number, label, sizeBytes: bytes, guid }) =>
      `  ${number} ${label.padEnd(10)} ${mebibytes(bytes).padStart(12)}  ${guid}\n`,
  );
  const erased = content.kind === 'data' ? `erased: ${content.found.join(', ')}\n` : '';
  const head = `${device} (${mebibytes(sizeBytes)}, ${model ?? 'unknown model'})`;
  return `${head} gets ${slot.version} ${slot.release}\n${partitions.join('')}${erased}`;
}

/** By name only: what is in them is secret. */
export function describeCredentials(names: readonly string[]): string {
  return names.length === 0 ? '' : `credentials: ${names.join(', ')}\n`;
}

const PHASES: Readonly<Record<InstallPhase, string>> = {
  clearing: 'clearing what was there',
  persist: 'making PERSIST',
  root: 'writing the root image',
  'reading-back': 'reading it back',
  boot: 'writing BOOT',
  'partition-table': 'writing the partition table',
  done: 'done',
};

export function describePhase(phase: InstallPhase, tenth: number | null): string {
  return tenth === null ? PHASES[phase] : `${PHASES[phase]}: ${tenth * 10} %`;
}

const mebibytes = (bytes: number): string =>
  bytes < MIB ? `${Math.round(bytes / 1024)} KiB` : `${Math.floor(bytes / MIB)} MiB`;

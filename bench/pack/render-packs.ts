import type { MeasuredRun } from './measured-run.ts';
import type { PairMeasurements } from './measure-pair.ts';

export interface PackReport {
  readonly date: string;
  readonly machine: string;
  /** Before and after the run. */
  readonly load: readonly [number, number];
  readonly versions: Readonly<Record<string, string>>;
  readonly pairs: readonly PairMeasurements[];
}

const MIB = 2 ** 20;

/** The report as Markdown tables; ratios are to our own row. */
export function renderPacks({ date, machine, load, versions, pairs }: PackReport): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const loads = load.map((value) => value.toFixed(1)).join(' before, ');
  return [
    `${date}; ${machine}; load ${loads} after; ${named.join(', ')}.`,
    ...pairs.flatMap((pair) => [transferTable(pair), makingTable(pair), applyingTable(pair)]),
    '',
  ].join('\n\n');
}

function transferTable({ name, imageBytes, transfers }: PairMeasurements): string {
  const ours = transfers[0]?.bytes ?? Number.NaN;
  const rows = transfers.map(
    ({ name: scheme, bytes, requests }) =>
      `| ${scheme} | ${(bytes / MIB).toFixed(3)} | ${(ours / bytes).toFixed(3)} | ${requests ?? '-'} |`,
  );
  const title = `${name} (${(imageBytes / MIB).toFixed(0)} MiB)`;
  return [
    `| ${title}: to fetch | MiB | kubeos / this | requests |`,
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function makingTable({ name, making }: PairMeasurements): string {
  const rows = Object.entries(making).map(
    ([scheme, run]) => `| ${scheme} | ${(run.bytes / MIB).toFixed(3)} | ${times(run)} |`,
  );
  return [
    `| ${name}: making | MiB | wall s | CPU s | peak MiB |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function applyingTable({ name, applying, imageBytes }: PairMeasurements): string {
  const rows = Object.entries(applying).map(
    ([scheme, run]) => `| ${scheme} | ${(imageBytes / MIB / run.cpu).toFixed(0)} | ${times(run)} |`,
  );
  return [
    `| ${name}: applying, one core | MiB per CPU s | wall s | CPU s | peak MiB |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function times({ wall, cpu, peakMib }: MeasuredRun): string {
  return `${wall.toFixed(1)} | ${cpu.toFixed(1)} | ${peakMib.toFixed(0)}`;
}

import type { BootTimes } from './boot-times.ts';
import type { BuildMeasurements, Round } from './measure-builds.ts';
import type { RootSizes } from './root-sizes.ts';
import type { RunTimes } from './timed-run.ts';

export interface BenchReport {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly builds: BuildMeasurements;
  readonly sizes: { readonly kubeos: RootSizes; readonly mkosi: RootSizes };
  readonly boots: Readonly<Record<string, readonly BootTimes[]>>;
}

const BUILDS = ['cold', 'unchanged', 'changed'] as const;

/** The report as Markdown tables. */
export function renderReport({
  date,
  machine,
  versions,
  builds,
  sizes,
  boots,
}: BenchReport): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}; ${machine}; ${named.join(', ')}.\n`,
    '| | kubeos | mkosi | kubeos / mkosi |\n| --- | --- | --- | --- |',
    ...BUILDS.flatMap((name) => [
      timeRow(`${name}, wall s`, builds[name], ({ wall }) => wall),
      timeRow(`${name}, CPU s`, builds[name], ({ cpu }) => cpu),
    ]),
    sizeRow('root image as written, MiB', sizes.kubeos.written, sizes.mkosi.written),
    sizeRow('root image, zstd -3, MiB', sizes.kubeos.zstd, sizes.mkosi.zstd),
    '',
    '| boot, s | total | parts |\n| --- | --- | --- |',
    ...Object.entries(boots).flatMap(([firmware, runs]) =>
      runs.map((run) => bootRow(firmware, run)),
    ),
    '',
  ].join('\n');
}

function timeRow(name: string, rounds: readonly Round[], of: (times: RunTimes) => number): string {
  const kubeos = rounds.map((round) => of(round.kubeos));
  const mkosi = rounds.map((round) => of(round.mkosi));
  const ratios = rounds.map((round) => of(round.kubeos) / of(round.mkosi));
  return `| ${name} | ${spread(kubeos, 1)} | ${spread(mkosi, 1)} | ${spread(ratios, 2)} |`;
}

/** `minimum / median`. */
function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN;
  return [sorted[0] ?? Number.NaN, (low + high) / 2]
    .map((value) => value.toFixed(digits))
    .join(' / ');
}

function sizeRow(name: string, kubeos: number, mkosi: number): string {
  const inMiB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  return `| ${name} | ${inMiB(kubeos)} | ${inMiB(mkosi)} | ${(kubeos / mkosi).toFixed(2)} |`;
}

function bootRow(firmware: string, { parts, total }: BootTimes): string {
  const shown = Object.entries(parts).map(([part, seconds]) => `${part} ${seconds.toFixed(1)}`);
  return `| ${firmware} | ${total.toFixed(1)} | ${shown.join(', ')} |`;
}

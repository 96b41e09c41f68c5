import type { RunTimes } from '../timed-run.ts';

export interface FetchRound {
  readonly kubeos: RunTimes;
  readonly pipe: RunTimes;
}

export interface FetchBenchReport {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly imageBytes: number;
  readonly compressedBytes: number;
  readonly rounds: readonly FetchRound[];
}

/** The report as a Markdown table. */
export function renderFetchReport(report: FetchBenchReport): string {
  const { date, machine, node, imageBytes, compressedBytes, rounds } = report;
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return [
    `${date}; ${machine}; Node ${node}; an image of ${mib(imageBytes)} MiB, ${mib(compressedBytes)} MiB compressed.\n`,
    '| full fetch, minimum / median | kubeos | curl, zstd, sha256sum, dd | kubeos / pipe |\n| --- | --- | --- | --- |',
    row('CPU s', rounds, ({ cpu }) => cpu),
    row('wall s', rounds, ({ wall }) => wall),
    '',
  ].join('\n');
}

function row(name: string, rounds: readonly FetchRound[], of: (times: RunTimes) => number): string {
  const kubeos = rounds.map((round) => of(round.kubeos));
  const pipe = rounds.map((round) => of(round.pipe));
  const ratios = rounds.map((round) => of(round.kubeos) / of(round.pipe));
  return `| ${name} | ${spread(kubeos)} | ${spread(pipe)} | ${spread(ratios)} |`;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return [sorted[0] ?? Number.NaN, median].map((value) => value.toFixed(2)).join(' / ');
}

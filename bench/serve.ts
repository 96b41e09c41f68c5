import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runWrk } from './serve/run-wrk.ts';
import { startKubeos, startNginx, type BenchServer } from './serve/start-servers.ts';

/*
 * `kubeos serve` against nginx with one worker, each on one core, wrk on another: node bench/serve.ts [--json]
 * [--seconds N] [--rounds N]. What counts is requests and bytes per second of the server's CPU time: what it does with
 * a core of its own, also where something else runs on this machine. It needs taskset, nginx (apt-get install nginx-light) and wrk (apt-get install wrk), and
 * 256 MiB in the temporary folder, which stay in the page cache: what is measured is the servers and not a disk.
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
});

const SIZE = 256 * 2 ** 20;
const SERVER_CORE = 0;
const LOAD_CORE = 1;

interface Case {
  readonly name: string;
  readonly path: (target: string) => string;
  readonly rangeBytes: number | null;
  readonly connections: number;
}

const CASES: readonly Case[] = [
  range('ranges of 16 KiB', 2 ** 14),
  range('ranges of 64 KiB', 2 ** 16),
  range('ranges of 256 KiB', 2 ** 18),
  range('ranges of 1 MiB', 2 ** 20),
  range('ranges of 8 MiB', 2 ** 23),
  {
    name: 'timestamp.json',
    path: () => '/metadata/timestamp.json',
    rangeBytes: null,
    connections: 32,
  },
];

/** Per second of the server's CPU time; `wallRequests` per second on the clock. */
interface Rate {
  readonly requests: number;
  readonly bytes: number;
  readonly wallRequests: number;
}

interface Row {
  readonly name: string;
  readonly kubeos: Rate;
  readonly nginx: Rate;
  /** kubeos / nginx in requests. */
  readonly ratio: number;
}

const rows = await bench();
process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : render(rows));

async function bench(): Promise<readonly Row[]> {
  if (cpus().length < 2) throw new Error('two cores are needed: one for the server, one for wrk');
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeos-bench-serve-'));
  try {
    const directory = path.join(folder, 'repository');
    const target = makeRepository(directory);
    await using kubeos = await startKubeos(directory, SERVER_CORE);
    await using nginx = await startNginx(directory, folder, SERVER_CORE);
    return CASES.map((one) => measure(one, { kubeos, nginx, target, folder }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeRepository(directory: string): string {
  mkdirSync(path.join(directory, 'metadata'), { recursive: true });
  mkdirSync(path.join(directory, 'targets'));
  const content = randomBytes(SIZE);
  const target = `targets/${createHash('sha256').update(content).digest('hex')}.image.zst`;
  writeFileSync(path.join(directory, target), content);
  writeFileSync(path.join(directory, 'metadata/timestamp.json'), `{"x":"${'x'.repeat(800)}"}`);
  return target;
}

interface Scene {
  readonly kubeos: BenchServer;
  readonly nginx: BenchServer;
  readonly target: string;
  readonly folder: string;
}

/** The servers take turns, and the best round of each counts: what disturbs a round only makes it slower. */
function measure(one: Case, { kubeos, nginx, target, folder }: Scene): Row {
  const run = (server: BenchServer): Rate => {
    const before = server.cpuSeconds();
    const load = runWrk({
      url: `http://127.0.0.1:${server.port}${one.path(target)}`,
      connections: one.connections,
      seconds: Number(options.seconds),
      core: LOAD_CORE,
      rangeBytes: one.rangeBytes,
      sizeBytes: SIZE,
      script: path.join(folder, 'load.lua'),
    });
    const cpu = server.cpuSeconds() - before;
    return {
      requests: load.requests / cpu,
      bytes: load.bytes / cpu,
      wallRequests: load.requests / load.seconds,
    };
  };
  const rounds = Array.from({ length: Number(options.rounds) }, () => ({
    kubeos: run(kubeos),
    nginx: run(nginx),
  }));
  const ours = best(rounds.map((round) => round.kubeos));
  const theirs = best(rounds.map((round) => round.nginx));
  const ratio = ours.requests / theirs.requests;
  process.stderr.write(`${one.name}: ${ratio.toFixed(2)}\n`);
  return { name: one.name, kubeos: ours, nginx: theirs, ratio };
}

function best(rates: readonly Rate[]): Rate {
  return rates.reduce((found, next) => (next.requests > found.requests ? next : found));
}

function range(name: string, rangeBytes: number): Case {
  return { name, path: (target) => `/${target}`, rangeBytes, connections: 32 };
}

function render(all: readonly Row[]): string {
  return [
    '| 32 connections | kubeos requests / CPU s | MB / CPU s | nginx requests / CPU s | MB / CPU s | kubeos / nginx |',
    '| --- | --- | --- | --- | --- | --- |',
    ...all.map(({ name, kubeos, nginx, ratio }) => {
      const shown = [kubeos, nginx].flatMap(({ requests, bytes }) => [
        requests.toFixed(0),
        (bytes / 1e6).toFixed(0),
      ]);
      return `| ${[name, ...shown, ratio.toFixed(2)].join(' | ')} |`;
    }),
    '',
  ].join('\n');
}

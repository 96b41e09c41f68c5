import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import { z } from 'zod';
import { loadHostMirrors } from '../src/builder/bases/host-mirror.ts';
import { bootTimes, type BootTimes } from './boot-times.ts';
import { kubeosSubject } from './kubeos-subject.ts';
import { measureBuilds } from './measure-builds.ts';
import { mkosiSubject } from './mkosi-subject.ts';
import { makeToolsTree } from './mkosi-tools-tree.ts';
import { renderReport, type BenchReport } from './render-report.ts';
import { kubeosRootSizes, mkosiRootSizes } from './root-sizes.ts';
import { timedRun, type RunTimes, type TimedCommand } from './timed-run.ts';

/*
 * `kubeos build` against mkosi on this host: node bench/build-image.ts [--json] [--work FOLDER]
 * [--cold ROUNDS] [--cached ROUNDS] [--boots ROUNDS]. It needs GNU time, python3, mmdebstrap and QEMU besides
 * what `kubeos doctor` wants, and about 6 GB in the work folder, which it keeps for the next time.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEFINITION = path.join(ROOT, 'fixtures/images/minimal/kubeos.yaml');

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    work: { type: 'string', default: path.join(ROOT, '.cache/bench') },
    cold: { type: 'string', default: '2' },
    cached: { type: 'string', default: '3' },
    boots: { type: 'string', default: '2' },
  },
});

const definitionSchema = z.looseObject({
  base: z.looseObject({ suite: z.string() }),
  packages: z.array(z.string()),
  files: z.tuple([z.looseObject({ path: z.string(), content: z.string() })]),
});

const report = await bench(path.resolve(options.work));
process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));

async function bench(work: string): Promise<BenchReport> {
  mkdirSync(work, { recursive: true });
  const run = (command: TimedCommand): RunTimes =>
    timedRun(command, { times: path.join(work, 'times'), log: path.join(work, 'bench.log') });
  const source = definitionSchema.parse(load(readFileSync(DEFINITION, 'utf8')));
  const definition = {
    suite: source.base.suite,
    packages: source.packages,
    file: source.files[0],
  };
  const sources = await loadHostMirrors(definition.suite);
  const toolsTree = path.join(work, 'mkosi-tools');
  progress('the tree that mkosi runs from');
  makeToolsTree(toolsTree, sources, run);
  const kubeos = kubeosSubject(path.join(work, 'kubeos'), source, definition);
  const directory = path.join(work, 'mkosi');
  const mkosi = mkosiSubject({ directory, toolsTree, definition, sources });
  const rounds = { cold: Number(options.cold), cached: Number(options.cached) };
  const builds = measureBuilds({ kubeos, mkosi, rounds, run, report: progress });
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: versions(toolsTree),
    builds,
    sizes: { kubeos: await kubeosRootSizes(kubeos.disk), mkosi: await mkosiRootSizes(mkosi.disk) },
    boots: {
      uefi: await boots(kubeos.disk, 'uefi'),
      bios: await boots(kubeos.disk, 'bios'),
    },
  };
}

async function boots(disk: string, firmware: 'uefi' | 'bios'): Promise<readonly BootTimes[]> {
  const times: BootTimes[] = [];
  for (let round = 1; round <= Number(options.boots); round += 1) {
    times.push(await bootTimes(disk, firmware));
    progress(`boot ${firmware} ${round}: ${JSON.stringify(times.at(-1))}`);
  }
  return times;
}

/** The load tells how far wall times are to be trusted. */
function machine(): string {
  const [{ model } = { model: 'unknown processor' }] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${model}, ${gib} GiB, load at the end ${load.join(' ')}`;
}

function versions(toolsTree: string): Record<string, string> {
  const firstLine = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0] ?? '';
  const admin = `--admindir=${path.join(toolsTree, 'var/lib/dpkg')}`;
  return {
    kubeos: firstLine('git', '-C', ROOT, 'describe', '--always', '--dirty'),
    node: process.version,
    mkosi: firstLine('dpkg-query', admin, '--show', '--showformat=${Version}', 'mkosi'),
    mmdebstrap: firstLine('mmdebstrap', '--version').replace(/^mmdebstrap /, ''),
    qemu: /\d[\d.]*/.exec(firstLine('qemu-system-x86_64', '--version'))?.[0] ?? '',
  };
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

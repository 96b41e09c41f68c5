import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measurePair } from './pack/measure-pair.ts';
import { renderPacks, type PackReport } from './pack/render-packs.ts';

/*
 * Delta packs against other ways to send an image: node bench/pack.ts [--json] [--work FOLDER] [--rounds N]
 * [--levels 9,19] [--whole-level 19] NAME=BASE,NEW ... where BASE and NEW are release folders of `kubeos build`. It needs zstd, casync, zchunk, GNU time
 * and taskset, and about ten times an image in the work folder, which it empties.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    work: { type: 'string', default: tmpdir() },
    rounds: { type: 'string', default: '3' },
    levels: { type: 'string', default: '9,19' },
    'whole-level': { type: 'string', default: '19' },
  },
});

const report = bench();
process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderPacks(report));

function bench(): PackReport {
  const work = mkdtempSync(path.join(path.resolve(options.work), 'kubeos-bench-pack-'));
  const before = loadavg()[0] ?? Number.NaN;
  try {
    const pairs = positionals.map((text) => {
      const [, name = '', base = '', image = ''] = /^([^=]+)=([^,]+),(.+)$/.exec(text) ?? [];
      if (name === '') throw new Error(`${text}: expected NAME=BASE,NEW`);
      const folder = path.join(work, name);
      mkdirSync(folder);
      const folders = [path.resolve(base), path.resolve(image)] as const;
      const measured = measurePair({
        name,
        folders,
        work: folder,
        rounds: Number(options.rounds),
        levels: options.levels.split(',').map(Number),
        wholeLevel: Number(options['whole-level']),
        report: progress,
      });
      rmSync(folder, { recursive: true });
      return measured;
    });
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} × ${cpus()[0]?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      load: [before, loadavg()[0] ?? Number.NaN],
      versions: versions(),
      pairs,
    };
  } finally {
    rmSync(work, { recursive: true });
  }
}

function versions(): PackReport['versions'] {
  const debian = (name: string): string =>
    execFileSync('dpkg-query', ['--show', '--showformat=${Version}', name], { encoding: 'utf8' });
  return {
    Node: process.versions.node,
    'its zstd': process.versions['zstd'] ?? '',
    ...Object.fromEntries(['zstd', 'casync', 'zchunk'].map((name) => [name, debian(name)])),
  };
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPair, type Pair } from './load-pair.ts';
import { bestOf, measuredRun, type MeasuredCommand, type MeasuredRun } from './measured-run.ts';
import { casyncTransfer, raucTransfer, zchunkTransfer, type Transfer } from './other-schemes.ts';

export interface PairMeasurements {
  readonly name: string;
  readonly imageBytes: number;
  readonly transfers: readonly Transfer[];
  readonly making: Readonly<Record<string, MeasuredRun & { readonly bytes: number }>>;
  /** On one core, each. */
  readonly applying: Readonly<Record<string, MeasuredRun>>;
}

export interface PairRequest {
  readonly name: string;
  /** Release folders. */
  readonly folders: readonly [string, string];
  /** An empty folder for this pair. */
  readonly work: string;
  readonly rounds: number;
  /** Levels of packs and patches; the last is the one whose results are sent and applied. */
  readonly levels: readonly number[];
  /** Of the whole image. */
  readonly wholeLevel: number;
  readonly report: (text: string) => void;
}

interface Scene extends PairRequest {
  readonly pair: Pair;
  readonly at: (name: string) => string;
  readonly run: (command: MeasuredCommand) => MeasuredRun;
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Every scheme from one release to the next: first what is fetched and made, then what applying it takes. */
export function measurePair(request: PairRequest): PairMeasurements {
  const at = (name: string): string => path.join(request.work, name);
  const pair = loadPair(request.folders, request.work);
  const scene = {
    ...request,
    pair,
    at,
    run: (command: MeasuredCommand) => measuredRun(command, at('times')),
  };
  const making = measureMaking(scene);
  const transfers = measureTransfers(scene);
  const applying = measureApplying(scene);
  return { name: request.name, imageBytes: pair.images.imageBytes, transfers, making, applying };
}

function measureMaking(scene: Scene): PairMeasurements['making'] {
  const { at, run, folders, work, pair, levels, report } = scene;
  const making: Record<string, MeasuredRun & { bytes: number }> = {};
  const measure = (name: string, output: string, command: MeasuredCommand): void => {
    const measured = run(command);
    making[name] = { ...measured, bytes: statSync(output).size };
    report(`${scene.name}: ${name}: ${JSON.stringify(making[name])}`);
  };
  for (const level of levels) {
    const pack = at(`${level}.kdp`);
    const args = [script('make-once.ts'), ...folders, work, pack, String(level)];
    measure(`kubeos pack, level ${level}`, pack, { program: process.execPath, args });
    const patch = at(`${level}.patch`);
    const patchFrom = [
      '-q',
      `-${level}`,
      '--long=31',
      '-T0',
      `--patch-from=${pair.base.image}`,
      pair.image.image,
      '-o',
      patch,
    ];
    measure(`zstd --patch-from, level ${level}`, patch, { program: 'zstd', args: patchFrom });
  }
  return making;
}

function measureTransfers(scene: Scene): readonly Transfer[] {
  const { at, pair, work, folders, wholeLevel, report } = scene;
  const level = lastLevel(scene);
  const files = { base: pair.base.image, image: pair.image.image, work };
  const blocks = statSync(path.join(folders[1], 'image.blocks')).size;
  const whole = at('whole.zst');
  execFileSync('zstd', ['-q', `-${wholeLevel}`, '-T0', files.image, '-o', whole]);
  const bytes = (name: string): number => statSync(at(name)).size;
  const transfers = [
    {
      name: `kubeos pack (level ${level}) and block table`,
      bytes: bytes(`${level}.kdp`) + blocks,
      requests: 2,
    },
    { name: `zstd --patch-from, level ${level}`, bytes: bytes(`${level}.patch`), requests: 1 },
    casyncTransfer(files),
    zchunkTransfer(files),
    raucTransfer(files),
    { name: `whole image, zstd -${wholeLevel}`, bytes: bytes('whole.zst'), requests: 1 },
  ];
  report(`${pair.image.manifest.name}: ${JSON.stringify(transfers)}`);
  return transfers;
}

function measureApplying(scene: Scene): PairMeasurements['applying'] {
  const { at, run, folders, work, pair, rounds, report } = scene;
  const output = at('output.img');
  const level = lastLevel(scene);
  const commands: Readonly<Record<string, MeasuredCommand>> = {
    'kubeos pack, every block verified': {
      program: process.execPath,
      args: [script('apply-once.ts'), ...folders, work, at(`${level}.kdp`), output],
    },
    'zstd -d --patch-from': {
      program: 'zstd',
      args: [
        '-q',
        '-d',
        '--long=31',
        `--patch-from=${pair.base.image}`,
        at(`${level}.patch`),
        '-o',
        output,
      ],
    },
    'casync extract, base as seed': {
      program: 'casync',
      args: [
        'extract',
        `--store=${at('new.store')}`,
        `--seed=${pair.base.image}`,
        at('new.caibx'),
        output,
      ],
    },
  };
  const runs = new Map<string, MeasuredRun[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of Object.entries(commands)) {
      rmSync(output, { force: true });
      runs.set(name, [...(runs.get(name) ?? []), run({ ...command, onOneCore: true })]);
      execFileSync('cmp', [output, pair.image.image]);
    }
  }
  report(JSON.stringify([...runs]));
  return Object.fromEntries([...runs].map(([name, list]) => [name, bestOf(list)]));
}

function lastLevel({ levels }: Scene): number {
  return levels.at(-1) ?? 19;
}

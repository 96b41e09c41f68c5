import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { makeFetchRelease } from './fetch/make-fetch-release.ts';
import {
  renderFetchReport,
  type FetchBenchReport,
  type FetchRound,
} from './fetch/render-fetch-report.ts';
import { timedRun, type RunTimes, type TimedCommand } from './timed-run.ts';

/*
 * A full fetch, every block verified, beside `curl | zstd -d | tee >(sha256sum) | dd conv=fsync`, in turns on one
 * image: node bench/fetch.ts [--json] [--work FOLDER] [--mib SIZE] [--rounds ROUNDS]. It needs curl, zstd, coreutils,
 * tar, bash and GNU time, and about three times the size in the work folder, which it keeps for the next time.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    work: { type: 'string', default: path.join(ROOT, '.cache/bench-fetch') },
    mib: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
  },
});

const report = await bench(path.resolve(options.work), Number(options.mib));
process.stdout.write(
  options.json ? `${JSON.stringify(report, null, 2)}\n` : renderFetchReport(report),
);

async function bench(work: string, mib: number): Promise<FetchBenchReport> {
  mkdirSync(work, { recursive: true });
  const repository = path.join(work, `repository-${mib}`);
  const description = path.join(repository, 'release.json');
  if (!existsSync(description)) await makeFetchRelease(repository, mib);
  const release = z
    .object({ digest: z.string(), image: z.string(), bytes: z.number(), sha256: z.string() })
    .parse(JSON.parse(readFileSync(description, 'utf8')));
  await using server = await serve(repository);
  const output = path.join(work, 'output');
  const run = (command: TimedCommand): RunTimes => {
    rmSync(output, { force: true });
    return timedRun(command, { times: path.join(work, 'times'), log: path.join(work, 'log') });
  };
  const rounds: FetchRound[] = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const kubeos = run(kubeosFetch(server.url, release.digest, output));
    const pipe = run(shellPipe({ url: `${server.url}${release.image}`, output, work }));
    const sum = readFileSync(path.join(work, 'sum'), 'utf8').slice(0, 64);
    if (sum !== release.sha256) throw new Error('the pipe fetched another image');
    rounds.push({ kubeos, pipe });
    process.stderr.write(`${JSON.stringify(rounds.at(-1))}\n`);
  }
  const [{ model } = { model: 'unknown processor' }] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  const machine = `${cpus().length} × ${model}, load at the end ${load.join(' ')}`;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    node: process.version,
    imageBytes: mib * 2 ** 20,
    compressedBytes: release.bytes,
    rounds,
  };
}

function kubeosFetch(url: string, digest: string, output: string): TimedCommand {
  const subject = fileURLToPath(new URL('fetch/fetch-subject.ts', import.meta.url));
  return { program: process.execPath, args: [subject, url, digest, output] };
}

/** A named pipe in place of `>(…)`, so that the time of sha256sum is waited for, and counted. */
function shellPipe(given: { url: string; output: string; work: string }): TimedCommand {
  const script = [
    'set -e -o pipefail',
    'rm -f "$WORK/pipe"; mkfifo "$WORK/pipe"',
    'sha256sum < "$WORK/pipe" > "$WORK/sum" &',
    'curl -sSf "$URL" | zstd -q -d | tee "$WORK/pipe" | dd of="$OUTPUT" bs=1M iflag=fullblock conv=fsync status=none',
    'wait',
  ].join('\n');
  const environment = { URL: given.url, OUTPUT: given.output, WORK: given.work };
  return { program: 'bash', args: ['-c', script], environment };
}

/** A static web server in a process of its own, whose time is nobody's. */
async function serve(directory: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const script = fileURLToPath(new URL('fetch/static-server.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return {
    url: line.toString().trim(),
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

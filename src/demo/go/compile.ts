import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { KubeosError } from '../../errors.ts';
import { locateGo } from './locate-go.ts';

export interface Compilation {
  /** The folder of go.mod. */
  readonly folder: string;
  /** A package, as Go names it. */
  readonly target: string;
  readonly output: string;
  readonly linkerFlags: readonly string[];
  readonly signal: AbortSignal;
}

const EVERY_MS = 30_000;
const LAST_LINES = 20;

/** Builds one program, and says how far it is: the largest takes minutes, and a silent CI job looks dead. */
export async function compile(compilation: Compilation): Promise<void> {
  const { signal } = compilation;
  signal.throwIfAborted();
  const name = path.basename(compilation.output);
  const startMs = Date.now();
  const lines: string[] = [];
  const say = (text: string): void => {
    const seconds = Math.round((Date.now() - startMs) / 1000);
    process.stderr.write(`building ${name}: ${text}, ${seconds} s\n`);
  };
  say('started');
  // Whoever waits for it has time; other tests may not.
  const args = ['--pdeathsig', 'KILL', '--', 'nice', await locateGo(), ...argumentsOf(compilation)];
  const child = spawn('setpriv', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: compilation.folder,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  });
  createInterface(child.stderr).on('line', (line) => lines.push(line));
  const heartbeat = setInterval(() => say(`${lines.length} packages`), EVERY_MS);
  const stop = (): unknown => child.kill();
  signal.addEventListener('abort', stop);
  await once(child, 'close').finally(() => {
    // Whatever comes of it: a process with a heartbeat would never end.
    clearInterval(heartbeat);
    signal.removeEventListener('abort', stop);
  });
  signal.throwIfAborted();
  if (child.exitCode !== 0) {
    const said = lines.slice(-LAST_LINES).join('\n');
    const how = child.exitCode ?? 'a signal';
    throw new KubeosError('COMMAND_FAILED', `go build of ${name} ended with ${how}:\n${said}`, {
      hint: 'Go fetches what it builds from proxy.golang.org: see to the network, or name another in GOPROXY; then again',
    });
  }
  say('done');
}

function argumentsOf({ target, output, linkerFlags }: Compilation): readonly string[] {
  // -v names each package as it is compiled: that is what is counted.
  const flags = ['-v', '-trimpath', '-ldflags', ['-s', '-w', ...linkerFlags].join(' ')];
  return ['build', ...flags, '-o', output, target];
}

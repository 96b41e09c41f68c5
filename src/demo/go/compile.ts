import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { KubeosError } from '../../errors.ts';
import { locateGo } from './locate-go.ts';

export interface Compilation {
  /** The folder of go.mod. */
  readonly folder: string;
  /** A package, as Go names it. */
  readonly target: string;
  readonly output: string;
  /** For Go's own files, gigabytes meanwhile. Stopped, it leaves them: whoever gives the folder removes it. */
  readonly temporaryDirectory: string;
  readonly linkerFlags: readonly string[];
  readonly signal: AbortSignal;
}

const EVERY_MS = 30_000;
const LAST_LINES = 20;
const END_WITH_CALLER = fileURLToPath(import.meta.resolve('#templates/end-with-caller.sh'));

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
  const child = startGo(await locateGo(), compilation);
  if (child.stderr !== null)
    createInterface(child.stderr).on('line', (line) => void lines.push(line));
  const heartbeat = setInterval(() => say(`${lines.length} packages`), EVERY_MS);
  await untilEnded(child, signal).finally(() => clearInterval(heartbeat));
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

/** In a group of its own, with the compilers that it starts: when this process dies, all of them end. */
function startGo(go: string, compilation: Compilation): ChildProcess {
  // Whoever waits for it has time; other tests may not.
  const args = [END_WITH_CALLER, 'nice', go, ...argumentsOf(compilation)];
  return spawn('sh', args, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    cwd: compilation.folder,
    env: {
      ...process.env,
      ...{ CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
      GOTMPDIR: compilation.temporaryDirectory,
    },
    detached: true,
  });
}

/** At the signal its whole group is stopped: Go alone would leave its compilers to go on. */
async function untilEnded(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  };
  child.once('exit', () => {
    signal.removeEventListener('abort', stop);
    // Whatever is left of the group ends with this pipe.
    child.stdio[3]?.destroy();
  });
  signal.addEventListener('abort', stop);
  await once(child, 'close');
}

function argumentsOf({ target, output, linkerFlags }: Compilation): readonly string[] {
  // -v names each package as it is compiled: that is what is counted.
  const flags = ['-v', '-trimpath', '-ldflags', ['-s', '-w', ...linkerFlags].join(' ')];
  return ['build', ...flags, '-o', output, target];
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatElapsed } from '../cli/rollout/plain-text.ts';
import { KubeosError } from '../errors.ts';
import { commandLine } from '../host/run-commands.ts';

/** Of the checkout or the package that this is part of. */
const SUFFIX = path.extname(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`../../bin/kubeos${SUFFIX}`, import.meta.url));

interface Stage {
  /** Where commands run: their paths are short. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly output: NodeJS.WritableStream;
  /** Of the commands, beside this process's own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a demonstration says and shows; each part with its time. */
export class Narrator {
  readonly #startMs = Date.now();
  readonly #steps: { readonly title: string; readonly ms: number }[] = [];
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Titles of what was done, with what it took. */
  get steps(): readonly { readonly title: string; readonly ms: number }[] {
    return this.#steps;
  }

  /** What a reader types before `kubeos` works in their shell as it is written here: nothing where it is installed. */
  get toCallIt(): readonly string[] {
    return SUFFIX === '.ts' ? [`alias kubeos='${process.execPath} ${PROGRAM}'`] : [];
  }

  say(line: string): void {
    this.#stage.output.write(`${line}\n`);
  }

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#stage.signal.throwIfAborted();
    const startMs = Date.now();
    this.say(`\n── ${formatElapsed(startMs - this.#startMs)} ── ${title}`);
    const value = await work();
    this.#steps.push({ title, ms: Date.now() - startMs });
    return value;
  }

  /** Runs `kubeos …` as the reader would, in front of them. @throws KubeosError when it ends with another code than 0 */
  async kubeos(args: readonly string[]): Promise<void> {
    const { signal } = this.#stage;
    signal.throwIfAborted();
    this.say(`$ ${shown(args)}`);
    const child = this.#start(args, ['ignore', 'inherit', 'inherit']);
    const stop = (): unknown => child.kill();
    signal.addEventListener('abort', stop);
    await once(child, 'close').finally(() => signal.removeEventListener('abort', stop));
    signal.throwIfAborted();
    if (child.exitCode === 0) return;
    const how = child.exitCode ?? child.signalCode;
    throw new KubeosError('COMMAND_FAILED', `kubeos ${args[0] ?? ''} ended with ${how}`, {
      hint: `what it said is above; files are in ${this.#stage.folder}`,
    });
  }

  /** A `kubeos …` that goes on beside what follows. */
  async serve(args: readonly string[]): Promise<AsyncDisposable> {
    this.say(`$ ${shown(args)} &`);
    const file = path.join(this.#stage.folder, `${args[0]}.log`);
    await using log = await open(file, 'w');
    const child = this.#start(args, ['ignore', log.fd, log.fd]);
    const ended = once(child, 'close');
    let isOver = false;
    const tell = (): void => {
      if (!isOver) this.say(`kubeos ${args[0]} has ended; what it said is in ${file}`);
    };
    child.once('close', tell);
    return {
      [Symbol.asyncDispose]: async () => {
        isOver = true;
        child.kill();
        await ended;
      },
    };
  }

  /**
   * In a session of its own: Ctrl-C on a terminal would be its first signal, ours the second, for which no program waits
   * until it has cleaned up. The kernel ends it with this process, however that dies (prctl(2) PR_SET_PDEATHSIG).
   */
  #start(args: readonly string[], stdio: readonly ('ignore' | 'inherit' | number)[]): ChildProcess {
    const { folder, environment } = this.#stage;
    const guarded = ['--pdeathsig', 'TERM', '--', process.execPath, PROGRAM, ...args];
    return spawn('setpriv', guarded, {
      ...{ cwd: folder, stdio: [...stdio], env: { ...process.env, ...environment } },
      detached: true,
    });
  }
}

const shown = (args: readonly string[]): string => commandLine({ tool: 'kubeos', args });

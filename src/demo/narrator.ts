import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeosError } from '../errors.ts';
import { formatElapsed } from '../cli/rollout/plain-text.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.resolve('#package')));
const PROGRAM = path.join(ROOT, 'bin/kubeos.ts');

/** What a demonstration says and shows; each part with its time. */
export class Narrator {
  readonly #startMs = Date.now();
  readonly #steps: { readonly title: string; readonly ms: number }[] = [];
  readonly #signal: AbortSignal;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(signal: AbortSignal, environment: Readonly<Record<string, string>>) {
    this.#signal = signal;
    this.#environment = { ...process.env, ...environment };
  }

  /** Titles of what was done, with what it took. */
  get steps(): readonly { readonly title: string; readonly ms: number }[] {
    return this.#steps;
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const startMs = Date.now();
    this.say(`\n── ${formatElapsed(startMs - this.#startMs)} ── ${title}`);
    const value = await work();
    this.#steps.push({ title, ms: Date.now() - startMs });
    return value;
  }

  /** Runs `kubeos …` as the reader would, in front of them. @returns its exit code, which is one of `fine` */
  async kubeos(args: readonly string[], fine: readonly number[] = [0]): Promise<number> {
    this.#signal.throwIfAborted();
    this.say(`$ kubeos ${args.map(shown).join(' ')}`);
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      ...{ cwd: ROOT, stdio: 'inherit', env: this.#environment, signal: this.#signal },
    });
    await once(child, 'close');
    const code = child.exitCode ?? 1;
    if (fine.includes(code)) return code;
    throw new KubeosError('COMMAND_FAILED', `kubeos ${args[0] ?? ''} ended with ${code}`);
  }

  /** A `kubeos …` that goes on beside what follows. */
  serve(args: readonly string[]): AsyncDisposable {
    this.say(`$ kubeos ${args.map(shown).join(' ')} &`);
    const guarded = ['--pdeathsig', 'KILL', '--', process.execPath, PROGRAM, ...args];
    const child = spawn('setpriv', guarded, {
      ...{ cwd: ROOT, stdio: 'ignore', env: this.#environment },
    });
    const ended = once(child, 'close');
    return {
      [Symbol.asyncDispose]: async () => {
        child.kill();
        await ended;
      },
    };
  }
}

/** Paths of this checkout as its reader would type them. */
const shown = (argument: string): string => argument.replaceAll(ROOT, '');

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeosError } from '../errors.ts';
import { commandLine } from '../host/run-commands.ts';
import { isListening } from './control-plane/free-port.ts';
import { until } from './control-plane/until.ts';
import { whereLogsAre, type Oversight } from './oversight.ts';
import { startServer } from './server-process.ts';

/** Of the checkout or the package that this is part of. */
const SUFFIX = path.extname(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`../../bin/kubeos${SUFFIX}`, import.meta.url));

/** What a reader types before `kubeos` works in their shell as it is written here: nothing where it is installed. */
export const TO_CALL_IT: readonly string[] =
  SUFFIX === '.ts' ? [`alias kubeos='${process.execPath} ${PROGRAM}'`] : [];

interface Stage {
  /** Where commands run: their paths are short. */
  readonly folder: string;
  readonly oversight: Oversight;
  readonly say: (line: string) => void;
  /** Of the commands, beside this process's own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `kubeos …` as the reader would run it, in front of them. */
export interface OwnProgram {
  /** @throws KubeosError when it ends with another code than 0 */
  readonly run: (args: readonly string[]) => Promise<void>;
  /** One that goes on beside what follows, from when this port of the loopback address answers. */
  readonly serve: (args: readonly string[], port: number) => Promise<AsyncDisposable>;
}

export function ownProgram(stage: Stage): OwnProgram {
  return {
    run: async (args) => await run(args, stage),
    serve: async (args, port) => {
      stage.say(`$ ${shown(args)} &`);
      const { folder, environment, oversight } = stage;
      const name = `kubeos-${args[0]}`;
      const command = { program: process.execPath, args: [PROGRAM, ...args] };
      await using undo = new AsyncDisposableStack();
      const server = undo.use(
        await startServer({ name, ...command, folder, environment }, oversight),
      );
      const answers = async (): Promise<boolean> => {
        server.assertAlive();
        return await isListening(port);
      };
      await until(`${name} answers`, answers, { signal: oversight.signal });
      undo.move();
      return { [Symbol.asyncDispose]: async () => await server.end('SIGTERM') };
    },
  };
}

/**
 * In a session of its own: Ctrl-C on a terminal would be its first signal, ours the second, for which no program waits
 * until it has cleaned up. The kernel ends it with this process, however that dies (prctl(2) PR_SET_PDEATHSIG).
 */
async function run(args: readonly string[], stage: Stage): Promise<void> {
  const { folder, environment, oversight, say } = stage;
  const { signal } = oversight;
  signal.throwIfAborted();
  say(`$ ${shown(args)}`);
  const guarded = ['--pdeathsig', 'TERM', '--', process.execPath, PROGRAM, ...args];
  const child = spawn('setpriv', guarded, {
    ...{ cwd: folder, env: { ...process.env, ...environment } },
    ...{ stdio: ['ignore', 'inherit', 'inherit'], detached: true },
  });
  const stop = (): unknown => child.kill();
  signal.addEventListener('abort', stop);
  await once(child, 'close').finally(() => signal.removeEventListener('abort', stop));
  signal.throwIfAborted();
  if (child.exitCode === 0) return;
  const how = child.exitCode ?? child.signalCode;
  const places = [`files are in ${folder}`, whereLogsAre(oversight)].filter(Boolean).join(', ');
  throw new KubeosError('COMMAND_FAILED', `kubeos ${args[0] ?? ''} ended with ${how}`, {
    hint: `what it said is above; ${places}`,
  });
}

const shown = (args: readonly string[]): string => commandLine({ tool: 'kubeos', args });

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Kill {
  readonly at: number;
  readonly when: 'sent' | 'answered';
}

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Which of its writes it does not survive; default: it survives all. */
  readonly kill?: Kill | undefined;
}

/** `kubeos …`, as a process. */
export interface KubeosProcess {
  readonly said: () => string;
  /** The signal that ended it, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
  readonly stop: () => Promise<void>;
}

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function startKubeosProcess(
  command: readonly string[],
  { environment = {}, kill }: ProcessOptions,
): KubeosProcess {
  const child = spawn(
    process.execPath,
    ['--import', at('kill-at-write.ts'), at('../../bin/kubeos.ts'), ...command],
    {
      env: {
        ...environment,
        ...(kill && { KUBEOS_KILL_AT: String(kill.at), KUBEOS_KILL_WHEN: kill.when }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const ended = once(child, 'close').then(() => child.signalCode ?? child.exitCode);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { said: () => said, ended, stop };
}

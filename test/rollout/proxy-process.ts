import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Kill {
  readonly at: number;
  readonly when: 'sent' | 'answered';
}

export interface ProxyOptions {
  readonly kubeconfig: string;
  readonly nodeName: string;
  readonly socket: string;
  /** Which of its writes it does not survive; default: it survives all. */
  readonly kill?: Kill;
}

/** `kubeos proxy`, as a process. */
export interface ProxyProcess {
  readonly said: () => string;
  /** The signal that ended it, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
  readonly stop: () => Promise<void>;
}

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function startProxyProcess(options: ProxyOptions): ProxyProcess {
  const { kubeconfig, nodeName, socket, kill } = options;
  const command = ['proxy', '--kubeconfig', kubeconfig, '--socket', socket];
  const child = spawn(
    process.execPath,
    ['--import', at('kill-at-write.ts'), at('../../bin/kubeos.ts'), ...command],
    {
      env: {
        NODE_NAME: nodeName,
        ...(kill && { KUBEOS_KILL_AT: String(kill.at), KUBEOS_KILL_WHEN: kill.when }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(() => child.signalCode ?? child.exitCode);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { said: () => said, ended, stop };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OPERATOR_ENVIRONMENT } from '../../src/rollout/install/operator-manifests.ts';
import { openBundles } from '../../src/builder/own-agent/open-bundles.ts';
import { writeProgram } from '../../src/demo/image/program-files.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import { usageOf, type Usage } from './process-usage.ts';

export interface OperatorProcess extends AsyncDisposable {
  readonly usage: () => Usage;
  /** Rejects when it ends, as one does that could not renew its lease on a machine that has too much to do. */
  readonly failed: Promise<never>;
  /** Its last lines. */
  readonly said: () => readonly string[];
}

export interface Program extends AsyncDisposable {
  readonly file: string;
}

/** The files of the image, in which the operator runs. */
export async function makeProgram(): Promise<Program> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubeos-bench-program-'));
  const commands = hostCommands({ signal: new AbortController().signal });
  await using bundles = await openBundles(['kubeos'], commands);
  await writeProgram(folder, bundles.path);
  return {
    file: path.join(folder, 'opt/kubeos/dist/bin/kubeos.js'),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }),
  };
}

const LAST_LINES = 20;
const ACCOUNT_FOLDER = '/run/secrets/kubernetes.io/serviceaccount';

/** As a pod has them: where the API server is, and the folder with its token and authority. */
export interface PodAccount {
  readonly url: string;
  readonly folder: string;
}

/**
 * `kubeos operator` in a process of its own, which finds its account where a pod finds it. `nodeFlags` are for who looks for
 * what takes the time (`--cpu-prof`).
 */
export function startOperator(
  { file }: Program,
  { url, folder }: PodAccount,
  nodeFlags: readonly string[],
): OperatorProcess {
  const { hostname, port } = new URL(url);
  const mounts = [
    ...['--die-with-parent', '--dev-bind', '/', '/', '--tmpfs', '/run'],
    ...['--ro-bind', folder, ACCOUNT_FOLDER],
  ];
  const args = ['operator', '--namespace', 'kubeos-system', '--node-name', 'elsewhere'];
  const child = spawn('bwrap', [...mounts, '--', process.execPath, ...nodeFlags, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...OPERATOR_ENVIRONMENT,
      PATH: process.env['PATH'] ?? '',
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    },
  });
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.trimEnd().split('\n'));
    lines.splice(0, lines.length - LAST_LINES);
  });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`the operator has ended:\n${lines.join('\n')}`);
  });
  failed.catch(() => undefined);
  return {
    failed,
    usage: () => {
      if (child.pid === undefined || child.exitCode !== null) {
        throw new Error(`the operator has ended:\n${lines.join('\n')}`);
      }
      return usageOf(programOf(child.pid));
    },
    said: () => lines,
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(programOf(child.pid));
      await ended;
    },
  };
}

/** bwrap waits for what it has started. */
function programOf(pid: number): number {
  const [program = pid] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
  return program;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { askAgent } from '../../src/agent/client/ask-agent.ts';
import { runAgent } from '../../src/agent/run-agent.ts';
import type { AgentStatus } from '../../src/agent/status.ts';
import type { FileNode } from './file-node.ts';
import { untilStatus, untilUp } from './until-status.ts';

/** The agent's daemon, as a process. */
export interface Daemon extends AsyncDisposable {
  /** What it wrote to stdout. */
  readonly said: () => string;
  readonly stderr: () => string;
  /** The signal that ended it; null where it ended by itself. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** Bundles the daemon, and what kills it at a step: each start costs. @returns the directory */
export async function bundleDaemon(directory: string): Promise<void> {
  const entry = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  await build({
    entryPoints: [entry('file-node-daemon.ts'), entry('kill-at-step.ts')],
    outdir: path.join(directory, 'bundle'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  });
}

export interface DaemonOptions {
  /** Where it was bundled. */
  readonly directory: string;
  /** Killed just before so many of its writes, flushes and messages; default: never. */
  readonly killAt?: number;
}

export function startDaemon(node: FileNode, { directory, killAt = 0 }: DaemonOptions): Daemon {
  const at = (name: string): string => path.join(directory, 'bundle', name);
  const child = spawn(
    process.execPath,
    ['--import', at('kill-at-step.mjs'), at('file-node-daemon.mjs')],
    {
      env: { KUBEOS_NODE: JSON.stringify(node.places), KUBEOS_KILL_AT: String(killAt) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(() => child.signalCode);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { said: () => out, stderr: () => err, ended, stop, [Symbol.asyncDispose]: stop };
}

/** Asks a daemon, once it answers. */
export async function whenUp(node: FileNode, daemon: Daemon): Promise<AgentStatus> {
  let isOver = false;
  void daemon.ended.then(() => (isOver = true));
  return await untilUp(node.socket, () => isOver).catch((cause: unknown) => {
    throw new Error(`no status; it said: ${daemon.stderr()}`, { cause });
  });
}

/** Asks for something, and waits for the end of it. */
export async function ask({ socket }: FileNode, call: string, body?: object): Promise<AgentStatus> {
  const [method, place = ''] = call.split(' ');
  if (method !== 'POST' && method !== 'DELETE') throw new Error(`no method: ${call}`);
  await askAgent({ socket, method, path: place, ...(body !== undefined && { body }) });
  return await untilStatus(socket, () => true);
}

/** The same daemon in this process, for as long as the work takes: nobody kills it. */
export async function withAgent(
  node: FileNode,
  work: () => Promise<void>,
  { clock = () => new Date() }: { readonly clock?: () => Date } = {},
): Promise<void> {
  const controller = new AbortController();
  const running = runAgent({
    ...{ places: node.places, version: '0.1.0', clock },
    ...{ run: async () => undefined, log: () => undefined, signal: controller.signal },
  });
  const working = (async () => {
    await untilUp(node.socket, () => controller.signal.aborted);
    await work();
  })();
  try {
    await Promise.race([
      working,
      running.then(() => Promise.reject(new Error('the daemon ended'))),
    ]);
  } finally {
    controller.abort();
    await running;
  }
}

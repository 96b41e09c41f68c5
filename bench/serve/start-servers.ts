import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from './cpu-seconds.ts';

/** A server in a process of its own, on one core. */
export interface BenchServer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** CPU time until now of the server and its workers, in seconds. */
  readonly cpuSeconds: () => number;
}

const GUIDE = fileURLToPath(new URL('../../docs/guides/image-server.md', import.meta.url));
const SERVER = fileURLToPath(new URL('run-image-server.ts', import.meta.url));

export async function startKubeos(directory: string, core: number): Promise<BenchServer> {
  const child = spawn('taskset', ['-c', String(core), process.execPath, SERVER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { name: 'kubeos serve', port: Number(line.toString()), ...ending(child) };
}

/** One worker, with the configuration of the guide. */
export async function startNginx(
  directory: string,
  folder: string,
  core: number,
): Promise<BenchServer> {
  const [, server = ''] = /```nginx\n(.*?)```/s.exec(readFileSync(GUIDE, 'utf8')) ?? [];
  return await startNginxOf(server.replace('/srv/kubeos', directory), folder, core);
}

/** @param server a block of its configuration that listens on 8080: it gets a free port in place of that */
export async function startNginxOf(
  server: string,
  folder: string,
  core: number,
): Promise<BenchServer> {
  const port = await freePort();
  const configuration = path.join(folder, 'nginx.conf');
  writeFileSync(
    configuration,
    [
      process.getuid?.() === 0 ? 'user root;' : '',
      `worker_processes 1; pid ${folder}/nginx.pid; error_log stderr;`,
      'events { worker_connections 4096; }',
      'http { access_log off; sendfile on; tcp_nopush on;',
      server.replace('listen 8080', `listen 127.0.0.1:${port}`),
      '}',
    ].join('\n'),
  );
  const args = ['-c', String(core), 'nginx', '-p', folder, '-c', configuration];
  const child = spawn('taskset', [...args, '-g', 'daemon off;'], { stdio: 'inherit' });
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error('nginx ended: apt-get install nginx-light');
  }
  return { name: 'nginx', port, ...ending(child) };
}

function ending(child: ChildProcess): AsyncDisposable & Pick<BenchServer, 'cpuSeconds'> {
  return {
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LocalServer } from './listen-locally.ts';

/** Debian's `docker-registry`, on a free port, with its data in `directory`; `extra` is more of its configuration. */
export async function startRegistry(directory: string, extra: object = {}): Promise<LocalServer> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, 'config.yml');
  const configuration = {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: path.join(directory, 'blobs') } },
    http: { addr: '127.0.0.1:0' },
    ...extra,
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration));
  const server = spawn('docker-registry', ['serve', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(server.stderr)) {
    lines.push(line);
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address === undefined) continue;
    server.stderr.resume();
    return {
      address,
      async [Symbol.asyncDispose]() {
        server.kill();
        await ended;
      },
    };
  }
  throw new Error(`docker-registry did not start:\n${lines.join('\n')}`);
}

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import type { AccessEntry } from '../../../src/release/serve/access-log.ts';
import { directoryContents } from '../../../src/release/serve/directory-contents.ts';
import { DEFAULT_LIMITS } from '../../../src/release/serve/serve-limits.ts';
import { serveMetrics, type ServeMetrics } from '../../../src/release/serve/serve-metrics.ts';
import {
  startImageServer,
  type ImageServer,
  type ImageServerOptions,
} from '../../../src/release/serve/start-image-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Scene extends AsyncDisposable {
  readonly server: ImageServer;
  readonly port: number;
  readonly log: AccessEntry[];
  readonly faults: unknown[];
  readonly metrics: ServeMetrics;
}

/** A server of a directory, on a port of its own. */
export async function serveDirectory(
  directory: string,
  options: Partial<ImageServerOptions> = {},
): Promise<Scene> {
  const contents = await directoryContents(directory);
  const log: AccessEntry[] = [];
  const faults: unknown[] = [];
  const metrics = serveMetrics();
  const server = await startImageServer({
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    find: contents.find,
    upload: null,
    limits: DEFAULT_LIMITS,
    metrics,
    logAccess: (entry) => log.push(entry),
    reportFault: (error) => faults.push(error),
    ...options,
  });
  return {
    server,
    port: server.address.port,
    log,
    faults,
    metrics,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await contents[Symbol.asyncDispose]();
    },
  };
}

/** A file named by its SHA-256, as the repository has it. */
export async function addTarget(
  directory: string,
  name: string,
  content: Uint8Array,
): Promise<string> {
  const target = targetPath(name, content);
  await addFile(directory, target, content);
  return target;
}

export function targetPath(name: string, content: Uint8Array): string {
  return `targets/${createHash('sha256').update(content).digest('hex')}.${name}`;
}

export async function addFile(
  directory: string,
  name: string,
  content: Uint8Array | string,
): Promise<void> {
  const place = path.join(directory, name);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, content);
}

/** One request over a connection of its own. */
export function ask(
  port: number,
  target: string,
  options: RequestOptions & { readonly body?: Uint8Array | string } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path: target, agent: false, ...rest },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Bytes as they are to a server, and all that comes back until it closes. */
export function askRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

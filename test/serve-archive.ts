import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ARCHIVE = fileURLToPath(new URL('../fixtures/inventory/apt-archive', import.meta.url));
export const ARCHIVE_KEYRING = path.join(ARCHIVE, 'archive.gpg');
export const OTHER_KEYRING = path.join(ARCHIVE, 'other.gpg');

/** Answers a request in place of the archive; false leaves it to the archive. */
export type Fault = (request: IncomingMessage, response: ServerResponse, file: Buffer) => boolean;

export interface ServedArchive extends AsyncDisposable {
  readonly uri: string;
  /** The paths asked for, in order. */
  readonly requests: readonly string[];
}

/** The small signed apt archive of the fixtures, on a port of its own. */
export async function serveArchive(fault: Fault = () => false): Promise<ServedArchive> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    void answer(path.join(ARCHIVE, decodeURIComponent(pathname)));
    async function answer(name: string): Promise<void> {
      const file = await readFile(name).catch(() => undefined);
      if (file === undefined) response.writeHead(404).end();
      else if (!fault(request, response, file)) response.end(file);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    uri: `http://127.0.0.1:${String(port)}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

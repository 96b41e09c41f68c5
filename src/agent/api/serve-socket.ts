import { createServer, type Server } from 'node:http';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import type { Agent } from '../agent.ts';
import { answerRequest } from './answer-request.ts';
import { RepeatedRequests } from './repeated-requests.ts';
import type { Role } from './routes.ts';
import { sendAnswer } from './send-answer.ts';

export interface SocketPlace {
  readonly role: Role;
  readonly socket: string;
  /** Of the folder that holds it: who may enter it may ask. */
  readonly mode: number;
}

const MAX_CONNECTIONS = 16;
const HEADER_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 8 * 1024;

/** Serves the API on one unix socket. A slow or silent client is closed, and never delays another. */
export async function serveSocket(agent: Agent, place: SocketPlace): Promise<AsyncDisposable> {
  await makeFolder(place);
  const asked = { agent, role: place.role, repeated: new RepeatedRequests() };
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADER_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      void answerRequest(request, asked).then(
        async (answer) => await sendAnswer(response, answer, agent.version),
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(place.socket);
  await once(server, 'listening');
  await chmod(place.socket, 0o660);
  return { [Symbol.asyncDispose]: async () => await close(server) };
}

/** A socket that an earlier start left would be in the way. */
async function makeFolder({ socket, mode }: SocketPlace): Promise<void> {
  const folder = path.dirname(socket);
  await mkdir(folder, { recursive: true });
  await chmod(folder, mode);
  await rm(socket, { force: true });
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

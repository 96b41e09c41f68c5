import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { KubeApi } from '../kube-api.ts';

export interface TestAnswer {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object;
}

export interface AnsweringApi extends AsyncDisposable {
  readonly api: KubeApi;
}

/** An API server that answers as a test says: for what a real one cannot be made to say when it is wanted. */
export async function answeringApi(
  answerTo: (request: IncomingMessage) => TestAnswer | Promise<TestAnswer>,
): Promise<AnsweringApi> {
  const server = createServer((request, response) => {
    void Promise.resolve(answerTo(request)).then(({ status = 200, headers = {}, body = {} }) =>
      response.writeHead(status, headers).end(JSON.stringify(body)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const api = new KubeApi({
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${address.port}` }),
    applyToHTTPSOptions: async () => undefined,
  });
  return { api, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() };
}

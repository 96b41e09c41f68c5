import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { KubeApi, type ApiAccess } from '../kube-api.ts';

export interface TestAnswer {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object;
}

export interface AnsweringApi extends AsyncDisposable {
  readonly api: KubeApi;
  /** For another one who asks. */
  readonly access: ApiAccess;
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
  const access = {
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${address.port}` }),
    applyToHTTPSOptions: async () => undefined,
  };
  const api = new KubeApi(access);
  return { api, access, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import test from 'ava';
import { KubeApi } from '../../kube/kube-api.ts';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { InstanceReport } from './instance-report.ts';

test('what a node says is written once, as it can be shown, and not again when it is read back', async (t) => {
  const written: unknown[] = [];
  const store = async (request: IncomingMessage): Promise<object> => {
    const { metadata, status } = (await json(request)) as OsInstance;
    written.push(status);
    return { metadata: { ...metadata, resourceVersion: `${written.length}` }, status };
  };
  await using server = createServer((request, response) => {
    void store(request).then((object) => response.end(JSON.stringify(object)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api = new KubeApi({
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
    applyToHTTPSOptions: async () => undefined,
  });
  const remembered: OsInstance[] = [];
  const makeReport = (): InstanceReport =>
    new InstanceReport({
      ...{ api, nodeName: 'n1', signal: new AbortController().signal },
      remember: (answer) => remembered.push(osInstanceSchema.parse(answer)),
    });
  const instance = osInstanceSchema.parse({ metadata: { name: 'n1' } });
  const run = { id: 'r', phase: 'failed', code: 'X', message: 'two\nlines\u001b[2J' } as const;
  const report = { ...instance.status, run };
  t.is(await makeReport().write(instance, report), null);
  t.like(remembered[0]?.status.run, { message: 'two?lines?[2J' });
  // Another proxy, after the one that wrote it.
  t.is(await makeReport().write(remembered[0] ?? instance, report), null);
  t.is(written.length, 1);
});

import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { KUBELET_PORT, openKubeletRoute } from './kubelet-route.ts';

/** As an API server asks. */
async function ask(configuration: string, place: string) {
  const [socketPath] = /\/[^"]+\.sock/.exec(await readFile(configuration, 'utf8')) ?? [''];
  const asking = request({ socketPath, method: 'CONNECT', path: place }).end();
  const [{ statusCode }, socket] = (await once(asking, 'connect')) as [
    { statusCode: number },
    Socket,
  ];
  return { statusCode, socket };
}

test('an API server is led to the kubelet of each node, and nowhere else', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-route-'));
  await using kubelet = createServer((caller) => caller.pipe(caller));
  await once(kubelet.listen(0, '127.0.0.1'), 'listening');
  const { port } = kubelet.address() as AddressInfo;
  let ended: Promise<unknown> = Promise.resolve();
  {
    await using opened = await openKubeletRoute(folder.path);
    opened.lead({ address: '10.0.1.15', dialKubelet: async () => connect(port, '127.0.0.1') });
    const { statusCode, socket } = await ask(opened.configuration, `10.0.1.15:${KUBELET_PORT}`);
    t.is(statusCode, 200);
    socket.write('logs');
    t.is(String((await once(socket, 'data'))[0]), 'logs');
    for (const place of [`10.0.1.15:22`, `10.0.2.15:${KUBELET_PORT}`]) {
      t.is((await ask(opened.configuration, place)).statusCode, 502, place);
    }
    const refused = async () => connect(1, '127.0.0.1');
    opened.lead({ address: '10.0.2.15', dialKubelet: refused });
    const lost = await ask(opened.configuration, `10.0.2.15:${KUBELET_PORT}`);
    await once(lost.socket.resume(), 'close');
    ended = once(socket, 'close');
  }
  await t.notThrowsAsync(ended, 'what is open ends with the route');
});

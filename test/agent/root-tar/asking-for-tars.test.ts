import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { main } from '../../../src/agent/cli/main.ts';
import { MessagePipe } from '../../../src/agent/message-pipe.ts';
import { openTarFetcher } from '../../../src/agent/root-tar/open-tar-fetcher.ts';
import { ask, serve } from '../api-scene.ts';

const TAR = {
  ...{ imagetype: 'disk', imageurl: 'https://images.example/kubeos.tar', version: 'KubeOS v2' },
  checksum: 'a'.repeat(64),
};

for (const role of ['admin', 'proxy'] as const) {
  test(`the ${role} socket takes KubeOS's orders, and the node's image decides`, async (t) => {
    await using served = await serve();
    const socket = served.sockets[role];
    const asked = await ask(socket, 'POST /v1/prepare', JSON.stringify(TAR));
    t.is(asked.status, 202);
    await served.agent.operations.idle();
    const { last } = await served.agent.status();
    t.like(last, { kind: 'prepare', release: `sha256:${TAR.checksum}`, outcome: 'failed' });
    t.regex(last?.error?.message ?? '', /nobody signed/);
    t.regex(last?.error?.hint ?? '', /allowUnsigned: true/);
  });
}

test('orders that are none are told what is expected; the cluster overrides no refusal but that of a failed one', async (t) => {
  await using served = await serve();
  for (const [change, said] of [
    [{ imagetype: 'docker' }, /os\.tar/],
    [{ imageurl: 'http://images.example/kubeos.tar' }, /flagSafe/],
    [{ release: 'stable' }, /Unrecognized key/],
    [{ allowOlder: true }, /Unrecognized key/],
    [{ checksum: undefined }, /SHA-256/],
  ] as const) {
    const body = JSON.stringify({ ...TAR, ...change });
    const answer = await ask(served.sockets.proxy, 'POST /v1/prepare', body);
    t.is(answer.status, 400, body);
    t.regex(answer.body, said);
  }
  t.is((await served.agent.status()).last, null);
});

test('the command says what is missing', async (t) => {
  const url = ['prepare', '--image-url', TAR.imageurl];
  for (const [args, said] of [
    [url, /--checksum/],
    [['prepare', 'stable', ...url.slice(1), '--checksum', TAR.checksum], /a release too/],
  ] as const) {
    let stderr = '';
    const exitCode = await main({
      ...{ args, version: '1', signal: new AbortController().signal, stdout: () => undefined },
      stderr: (text) => void (stderr += text),
    });
    t.is(exitCode, 2);
    t.regex(stderr, said);
  }
});

/** A fetcher that was taken over says these things, whatever it is asked. */
async function hostile(
  directory: string,
  said: readonly (readonly [object, number])[],
): Promise<Socket> {
  const place = path.join(directory, 'fetch.sock');
  const server = createServer((socket) => {
    const pipe = new MessagePipe(socket);
    const speak = async (): Promise<void> => {
      for (const [tell, bytes] of said) await pipe.send(tell, Buffer.alloc(bytes));
    };
    void speak().catch(() => undefined);
  });
  server.listen(place);
  await once(server, 'listening');
  const socket = connect(place);
  await once(socket, 'connect');
  server.close();
  return socket;
}

const TOLD = [{ tell: 'tar', bytes: 10 }, 0] as const;
const PIECE = { tell: 'piece', bytesTransferred: 1 };
const HOSTILE = [
  ['says something else first', [[{ tell: 'opened', address: 'x', mirrors: 1 }, 0]]],
  ['says more than it promised', [TOLD, [PIECE, 11]]],
  ['says more than it promised, piece by piece', [TOLD, [PIECE, 9], [PIECE, 2]]],
  ['says nothing, again and again', [TOLD, [PIECE, 0]]],
  ['asks to read', [TOLD, [{ tell: 'read', id: 1, from: 'base', position: 0, length: 9 }, 0]]],
  ['promises less than nothing', [[{ tell: 'tar', bytes: -1 }, 0]]],
] as const;

for (const [title, said] of HOSTILE) {
  test(`a fetcher that ${title} is given up`, async (t) => {
    await using dir = await mkdtempDisposable('/var/tmp/kubeos-hostile-');
    const socket = await hostile(dir.path, said);
    const taken = async (): Promise<void> => {
      using fetcher = await openTarFetcher(socket, {
        ...{ address: TAR.imageurl, tls: { ca: null, cert: null, key: null } },
        ...{ maxTransferBytes: undefined, bytesPerSecond: undefined },
        signal: AbortSignal.timeout(60_000),
      });
      for await (const piece of fetcher.pieces(() => undefined)) t.true(piece.length < 11);
    };
    await t.throwsAsync(taken());
    socket.destroy();
  });
}

import { once } from 'node:events';
import { copyFile, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import test from 'ava';
import { askStatus } from '../../src/agent/client/ask-agent.ts';
import type { SshLogin } from '../../src/host/ssh/connect-ssh.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import { tunnelToAgent } from '../../src/rollout/ssh/tunnel-to-agent.ts';
import { startFileScene } from '../agent/file-scene.ts';
import { ROOT } from '../boot/testbed.ts';
import { withAgent } from '../agent/run-daemon.ts';
import { startSshd, type Sshd } from '../release/repository-sshd.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const loginAt = ({ port, user, knownHost, privateKey }: Sshd): SshLogin => ({
  ...{ host: '127.0.0.1', port, user, privateKey },
  hostKey: { kind: 'known hosts', text: knownHost },
});

test('an agent answers through OpenSSH, directly and by a jump host, to whom its server is known', async (t) => {
  await using folder = await mkdtempDisposable('/var/tmp/kubeos-ssh-');
  await using near = await startSshd(path.join(folder.path, 'near'));
  await using far = await startSshd(path.join(folder.path, 'far'));
  await using scene = await startFileScene();
  const { node } = scene;
  const two = await scene.publish('1.0.2');
  await withAgent(node, async () => {
    const login = loginAt(far);
    {
      await using tunnel = await tunnelToAgent({ login, remoteSocket: node.socket });
      t.is((await askStatus(tunnel.socket)).booted, 'A');
      const many = await Promise.all(
        Array.from({ length: 8 }, async () => await askStatus(tunnel.socket)),
      );
      t.is(many.length, 8);
    }
    await using tunnel = await tunnelToAgent({
      ...{ login, remoteSocket: node.socket, jumps: [loginAt(near)] },
    });
    t.is((await askStatus(tunnel.socket)).slots.A.release?.digest, scene.one.digest);
    t.not(two.digest, scene.one.digest);
    await using nowhere = await tunnelToAgent({ login, remoteSocket: '/run/no-agent' });
    await t.throwsAsync(askStatus(nowhere.socket), { code: 'HOST_NOT_READY' });
  });
  const closed = { ...loginAt(far), port: 1 };
  await t.throwsAsync(
    tunnelToAgent({ login: closed, jumps: [loginAt(near)], remoteSocket: node.socket }),
    { code: 'NETWORK', message: /the host on the way does not lead to 127\.0\.0\.1:1/ },
  );
  const stranger = { ...loginAt(far), hostKey: { kind: 'known hosts', text: '' } } as const;
  await t.throwsAsync(tunnelToAgent({ login: stranger, remoteSocket: node.socket }), {
    ...{ code: 'UNTRUSTED', message: /is not the one that is known/ },
  });
});

test('a node is upgraded from here by its agent, with the words and exit codes of kubeos-agent', async (t) => {
  await using folder = await mkdtempDisposable('/var/tmp/kubeos-ssh-');
  await using far = await startSshd(path.join(folder.path, 'far'));
  await using near = await startSshd(path.join(folder.path, 'near'));
  // Both take one login key.
  await copyFile(path.join(folder.path, 'far/login.pub'), path.join(folder.path, 'near/login.pub'));
  await using scene = await startFileScene();
  const { node } = scene;
  await scene.publish('1.0.2');
  await mkdir(path.join(folder.path, '.ssh'));
  await writeFile(path.join(folder.path, '.ssh/known_hosts'), near.knownHost);
  const key = path.join(folder.path, 'key');
  await writeFile(key, far.privateKey, { mode: 0o600 });
  const address = `${far.user}@127.0.0.1:${far.port}`;
  const options = ['--ssh-key', key, '--host-key', far.fingerprint];
  const kubeosAt = async (socket: string, ...words: readonly string[]) =>
    await commands.run({
      ...{ tool: process.execPath, workingDirectory: ROOT, successCodes: [0, 2, 4, 6, 8] },
      environment: { HOME: folder.path },
      args: ['bin/kubeos.ts', 'node', ...words, ...options, '--agent-socket', socket],
    });
  const kubeos = async (verb: string, ...words: readonly string[]) =>
    await kubeosAt(node.socket, verb, address, ...words);
  await withAgent(node, async () => {
    const prepared = await kubeos('prepare', '1.0.2', '--limit-rate', '500M');
    t.is(prepared.exitCode, 0, prepared.stderr);
    t.regex(prepared.stdout, /1\.0\.2 is in the standby slot/);
    t.is((await kubeos('activate')).exitCode, 0);
    const status = await kubeos('status', '--json');
    t.like(JSON.parse(status.stdout), { kind: 'AgentStatus', next: { slot: 'B', isTrial: true } });
    const jumped = await kubeos('status', '--jump', `${near.user}@127.0.0.1:${near.port}`);
    t.is(jumped.exitCode, 0, `--host-key is the node's alone: ${jumped.stderr}`);
    t.is((await kubeos('prepare', '9.9.9')).exitCode, 2, 'there is no such release');
    t.is((await kubeos('cancel')).exitCode, 0);
  });
  {
    await using taken = await takenOver(path.join(folder.path, 'taken.sock'));
    const refused = await kubeosAt(taken.socket, 'status', address);
    t.is(refused.exitCode, 8);
    t.regex(
      refused.stderr,
      /^kubeos: it is fine +\[2Jreally\n→ none\n {2}more: kubeos explain REFUSED/,
      'it steers no terminal',
    );
    const endless = await kubeosAt(taken.socket, 'watch', address);
    t.is(endless.exitCode, 4);
    t.regex(endless.stderr, /says nothing that an agent says/, 'it fills no memory');
  }
  const away = await kubeos('status');
  t.is(away.exitCode, 4);
  t.regex(away.stderr, /no agent answers/);
});

/** What a node may answer that somebody else has taken over: no agent of ours says such things. */
async function takenOver(socket: string): Promise<AsyncDisposable & { readonly socket: string }> {
  const problem = { code: 'REFUSED', title: 'it is fine\r\u001B[2Jreally', remedy: 'none' };
  const server = createServer(({ url }, answer) => {
    if (url === '/v1/status') answer.writeHead(409).end(JSON.stringify(problem));
    else Readable.from(endless()).pipe(answer);
  });
  await once(server.listen(socket), 'listening');
  return {
    socket,
    async [Symbol.asyncDispose]() {
      await promisify(server.close.bind(server))();
    },
  };
}

function* endless(): Generator<string> {
  while (true) yield 'x'.repeat(64 * 1024);
}

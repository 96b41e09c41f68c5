import { mkdtempDisposable } from 'node:fs/promises';
import { request, type OutgoingHttpHeaders } from 'node:http';
import path from 'node:path';
import { duplexPair } from 'node:stream';
import { Agent, type AgentParts } from '../../src/agent/agent.ts';
import type { Role } from '../../src/agent/api/routes.ts';
import { serveSocket } from '../../src/agent/api/serve-socket.ts';
import { answerOrder } from '../../src/agent/configure/answer-order.ts';
import { testConfiguration, WIDE_POLICY } from '../../src/agent/configure/testing/test-host.ts';
import { ROOT_BYTES, testRelease } from '../../src/agent/testing/test-release.ts';
import type { DiskContent } from '../../src/agent/testing/disk-content.ts';
import { NO_GRUB } from '../../src/agent/testing/no-grub.ts';
import { freshContent, virtualDisk } from '../../src/agent/testing/virtual-disk.ts';
import { prepareSlot } from '../../src/agent/upgrade/prepare-slot.ts';

const one = testRelease('1.0.0', 1);
export const two = testRelease('2.0.0', 2);
export const CLOCK = { bootId: 'this-boot', now: () => new Date('2026-01-01T00:00:00Z') };

export interface Served extends AsyncDisposable {
  readonly agent: Agent;
  readonly content: DiskContent;
  readonly parts: AgentParts;
  readonly sockets: Readonly<Record<Role, string>>;
  readonly restarts: number[];
}

let turn: Promise<void> = Promise.resolve();

/** @returns what ends the turn, once those before have ended theirs */
async function takeTurn(): Promise<() => void> {
  const before = turn;
  const { promise, resolve } = Promise.withResolvers<void>();
  turn = promise;
  await before;
  return resolve;
}

/**
 * An agent on a disk in memory, that holds release 1, and release 2 prepared. One at a time: fifty at once in one process keep
 * clients from sending for so long that they are closed as silent ones.
 */
export async function serve(): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  stack.defer(await takeTurn());
  const dir = stack.use(await mkdtempDisposable('/var/tmp/kubeos-api-'));
  const content = freshContent(one, ROOT_BYTES);
  const disk = virtualDisk(content, 'A');
  await prepareSlot({
    ...{ disk, clock: CLOCK, arch: 'amd64', image: 'test', release: two.verified, fill: two.fill },
    allow: { allowOlder: false, allowFailed: false },
    onPhase: () => undefined,
  });
  const node = stack.use(await testConfiguration(WIDE_POLICY));
  const restarts: number[] = [];
  const parts: AgentParts = {
    ...{ version: '0.1.0', disk, clock: CLOCK, arch: 'amd64', image: 'test' },
    repositories: path.join(dir.path, 'repositories'),
    metadata: path.join(dir.path, 'metadata'),
    trust: path.join(dir.path, 'trust.json'),
    certificates: path.join(dir.path, 'certs'),
    connectFetcher: async () => await Promise.reject(new Error('no fetcher in this test')),
    ...{
      last: null,
      keep: () => undefined,
      watchdog: { kind: 'none', name: null, isArmed: false },
    },
    connectConfigurer: async () => {
      const [ours, theirs] = duplexPair();
      void answerOrder(theirs, node.parts);
      return await Promise.resolve(ours);
    },
    dataReport: path.join(dir.path, 'data.json'),
    ...{ hooks: { find: async () => null }, run: async () => undefined },
    restart: async () => void restarts.push(1),
    grub: NO_GRUB,
  };
  const agent = new Agent(parts);
  const sockets = { admin: path.join(dir.path, 'admin/s'), proxy: path.join(dir.path, 'proxy/s') };
  for (const role of ['admin', 'proxy'] as const) {
    stack.use(await serveSocket(agent, { role, socket: sockets[role], mode: 0o700 }));
  }
  const held = stack.move();
  const dispose = async (): Promise<void> => await held.disposeAsync();
  return { agent, content, parts, sockets, restarts, [Symbol.asyncDispose]: dispose };
}

interface Raw {
  readonly status: number;
  readonly body: string;
}

interface Sent {
  readonly body?: string | undefined;
  readonly headers?: OutgoingHttpHeaders;
}

export async function ask(socket: string, call: string, body?: string): Promise<Raw> {
  return await send(socket, call, { body });
}

export async function send(
  socketPath: string,
  call: string,
  { body, headers = {} }: Sent,
): Promise<Raw> {
  const [method, url] = call.split(' ');
  return await new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path: url, agent: false, headers }, (answer) => {
      let text = '';
      const settle = (): void => resolve({ status: answer.statusCode ?? 0, body: text });
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        // Events go on for as long as somebody listens.
        if (url !== '/v1/events') return;
        asking.destroy();
        settle();
      });
      answer.on('end', settle);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

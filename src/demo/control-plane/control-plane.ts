import { hostCommands } from '../../host/run-commands.ts';
import type { CommandResult } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { tmpdir } from 'node:os';
import { z } from 'zod';
import { apiServer, CONTROLLER_MANAGER, etcd, KWOK, SCHEDULER } from './arguments.ts';
import { prepareFolder, writeKubeconfig, type Place } from './folder.ts';
import { freePort, isListening } from './free-port.ts';
import { locateProgram } from './programs.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { until } from './until.ts';

export interface ControlPlane extends AsyncDisposable {
  /** A file that makes its reader an administrator (group system:masters). */
  readonly kubeconfig: string;
  readonly url: string;
  /** PEM file by which the API server is known. */
  readonly authority: string;
  /** Everything of it; each server's log is `<program>.log` here. */
  readonly folder: string;
  /** kubectl as administrator, with `input` on its stdin (`-f -`); other options of Command may be given too. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<CommandResult>;
  /** A file for whoever has this bearer token, such as one of `kubectl create token`. */
  readonly kubeconfigFor: (token: string) => Promise<string>;
  /** Plays the nodes with the annotation `kwok.x-k8s.io/node: fake`, and the pods on them. */
  readonly startKwok: () => Promise<void>;
  /** An outage: what is stored stays, and so does the address. It is killed, unless it is told to stop. */
  readonly stopApiServer: (signal?: 'SIGTERM') => Promise<void>;
  readonly startApiServer: () => Promise<void>;
  /** etcd forgets what was, as it does every five minutes: an API server that starts after it can tell nobody of it. */
  readonly forgetHistory: () => Promise<void>;
}

/** Flags beside those that every cluster has; a later one of a name replaces it. */
export interface ControlPlaneFlags {
  readonly apiServer?: readonly string[];
  readonly controllerManager?: readonly string[];
}

interface KubectlOptions {
  readonly input?: string;
  readonly successCodes?: readonly number[];
  readonly kubeconfig?: string;
}

/**
 * A control plane of real servers: etcd, kube-apiserver, kube-controller-manager and kube-scheduler on free ports of the
 * loopback address, ready for requests after some 3 s. Nodes are who joins it (node-cluster.ts), or objects that
 * somebody writes: the node controller calls these unknown after 50 s without a heartbeat, unless kwok plays them. Three
 * at once in a process; whoever asks for one more waits, so nobody may hold two.
 */
export async function startControlPlane({
  apiServer: apiServerFlags = [],
  controllerManager = [],
}: ControlPlaneFlags = {}): Promise<ControlPlane> {
  await using undo = new AsyncDisposableStack();
  undo.defer(await enterTurn());
  const scratch = undo.use(await openScratch(tmpdir()));
  const ports = { etcd: await freePort(), peer: await freePort(), api: await freePort() };
  const place = await prepareFolder(scratch.path, `https://127.0.0.1:${ports.api}`);
  const store = undo.use(await startServer('etcd', etcd(ports), place.folder));
  // The API server, which would try it ever less often, is started when it answers.
  await until('etcd is there', async () => {
    await store.assertAlive();
    return await isListening(ports.etcd);
  });
  const flags = [...apiServer(ports), ...apiServerFlags];
  const api = undo.adopt(restartable(place, flags), async (it) => await it.stop());
  await api.start();
  const [manager, managerFlags] = CONTROLLER_MANAGER;
  undo.use(await startServer(manager, [...managerFlags, ...controllerManager], place.folder));
  undo.use(await startServer(...SCHEDULER, place.folder));
  const held = undo.move();
  return {
    ...{ kubeconfig: place.kubeconfig, url: place.url, authority: place.authority },
    ...{ folder: place.folder, kubectl: kubectlOf(place) },
    kubeconfigFor: async (token) => await writeKubeconfig(place, token),
    startKwok: async () => {
      held.use(await startServer(...KWOK, place.folder));
    },
    ...{ startApiServer: api.start, stopApiServer: api.stop },
    forgetHistory: async () => await compact(ports.etcd),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** Each needs some 480 MiB and a core while it starts; AVA runs all tests of a file at once. */
const AT_ONCE = 3;
let started = 0;
const waiting: (() => void)[] = [];

async function enterTurn(): Promise<() => void> {
  if (started === AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else started += 1;
  // The turn is handed on, and only given back where nobody waits.
  return () => {
    const next = waiting.shift();
    if (next === undefined) started -= 1;
    else next();
  };
}

function kubectlOf(place: Place): ControlPlane['kubectl'] {
  const commands = hostCommands({ signal: new AbortController().signal });
  return async (args, { kubeconfig = place.kubeconfig, ...options } = {}) =>
    await commands.run({
      ...{ tool: await locateProgram('kubectl'), args: ['--kubeconfig', kubeconfig, ...args] },
      // It keeps what it has discovered of a server in its user's folder.
      ...{ environment: { KUBECACHEDIR: place.folder }, ...options },
    });
}

interface Restartable {
  readonly start: ControlPlane['startApiServer'];
  readonly stop: ControlPlane['stopApiServer'];
}

/** The API server, which waits for etcd, and for which all others wait. */
function restartable(place: Place, args: readonly string[]): Restartable {
  let running: ServerProcess | undefined;
  const kubectl = kubectlOf(place);
  return {
    start: async () => {
      const server = await startServer('kube-apiserver', args, place.folder);
      running = server;
      await until('the API server is ready', async () => {
        await server.assertAlive();
        const { stdout } = await kubectl(['get', '--raw', '/readyz'], { successCodes: [0, 1] });
        return stdout === 'ok';
      });
    },
    stop: async (signal) => await running?.end(signal ?? 'SIGKILL'),
  };
}

const rangeSchema = z.object({ header: z.object({ revision: z.string() }) });

/** By its JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/). */
async function compact(port: number): Promise<void> {
  const ask = async (what: 'range' | 'compaction', body: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/v3/kv/${what}`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
    });
    if (!answer.ok) throw new Error(`etcd: ${what}: ${await answer.text()}`);
    return await answer.json();
  };
  const key = Buffer.from('/registry').toString('base64');
  const { header } = rangeSchema.parse(await ask('range', { key }));
  await ask('compaction', { revision: header.revision, physical: true });
}

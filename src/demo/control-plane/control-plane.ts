import { hostCommands } from '../../host/run-commands.ts';
import type { CommandResult } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { NO_OVERSIGHT, whereLogsAre, type Oversight } from '../oversight.ts';
import { startServer, type ServerProcess } from '../server-process.ts';
import { tmpdir } from 'node:os';
import { apiServer, CONTROLLER_MANAGER, etcd, SCHEDULER } from './arguments.ts';
import { prepareFolder, type Place } from './folder.ts';
import { freePort, isListening } from './free-port.ts';
import { locateProgram, type Program } from './programs.ts';
import { until, type Patience } from './until.ts';

export interface ControlPlane extends AsyncDisposable {
  /** A file that makes its reader an administrator (group system:masters). */
  readonly kubeconfig: string;
  readonly url: string;
  /** Address of what stores it all, for whoever is on this host. */
  readonly etcd: string;
  /** PEM file by which the API server is known. */
  readonly authority: string;
  /** Everything of it; each server's log is `<program>.log` here, unless oversight names a folder for these. */
  readonly folder: string;
  /** kubectl as administrator, with `input` on its stdin (`-f -`); other options of Command may be given too. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<CommandResult>;
  /** An outage: what is stored stays, and so does the address. It is killed, unless it is told to stop. */
  readonly stopApiServer: (signal?: 'SIGTERM') => Promise<void>;
  readonly startApiServer: () => Promise<void>;
}

export interface ControlPlaneOptions {
  /** Flags beside those that every cluster has; a later one of a name replaces it. */
  readonly apiServer?: readonly string[];
  readonly controllerManager?: readonly string[];
  readonly oversight?: Oversight;
}

interface KubectlOptions {
  readonly input?: string;
  readonly successCodes?: readonly number[];
  readonly kubeconfig?: string;
}

/**
 * A control plane of real servers: etcd, kube-apiserver, kube-controller-manager and kube-scheduler on free ports of the
 * loopback address, ready for requests after some 3 s. Nodes are who joins it (node-cluster.ts), or objects that
 * somebody writes: the node controller calls these unknown after 50 s without a heartbeat, unless somebody plays
 * them. Three at once in a process; whoever asks for one more waits, so nobody may hold two.
 */
export async function startControlPlane({
  apiServer: apiServerFlags = [],
  controllerManager = [],
  oversight = NO_OVERSIGHT,
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  await using undo = new AsyncDisposableStack();
  undo.defer(await enterTurn());
  const scratch = undo.use(await openScratch(tmpdir()));
  const ports = { etcd: await freePort(), peer: await freePort(), api: await freePort() };
  const place = await prepareFolder(scratch.path, `https://127.0.0.1:${ports.api}`);
  const scene = { place, oversight };
  const store = undo.use(await start('etcd', etcd(ports), scene));
  // The API server, which would try it ever less often, is started when it answers.
  const isThere = async (): Promise<boolean> => {
    store.assertAlive();
    return await isListening(ports.etcd);
  };
  await until('etcd is there', isThere, patienceOf(scene));
  const flags = [...apiServer(ports), ...apiServerFlags];
  const api = undo.adopt(restartable(scene, flags), async (it) => await it.stop());
  await api.start();
  const [manager, managerFlags] = CONTROLLER_MANAGER;
  undo.use(await start(manager, [...managerFlags, ...controllerManager], scene));
  undo.use(await start(...SCHEDULER, scene));
  const held = undo.move();
  return {
    ...{ kubeconfig: place.kubeconfig, url: place.url, authority: place.authority },
    ...{ folder: place.folder, kubectl: kubectlOf(scene) },
    etcd: `http://127.0.0.1:${ports.etcd}`,
    ...{ startApiServer: api.start, stopApiServer: api.stop },
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

interface Scene {
  readonly place: Place;
  readonly oversight: Oversight;
}

const start = async (
  name: Program,
  args: readonly string[],
  { place: { folder }, oversight }: Scene,
): Promise<ServerProcess> =>
  await startServer({ name, program: await locateProgram(name), args, folder }, oversight);

function patienceOf({ oversight }: Scene): Patience {
  const more = whereLogsAre(oversight);
  return { signal: oversight.signal, ...(more === undefined ? {} : { more }) };
}

function kubectlOf({ place, oversight: { signal } }: Scene): ControlPlane['kubectl'] {
  const commands = hostCommands({ signal });
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
function restartable(scene: Scene, args: readonly string[]): Restartable {
  let running: ServerProcess | undefined;
  const kubectl = kubectlOf(scene);
  return {
    start: async () => {
      const server = await start('kube-apiserver', args, scene);
      running = server;
      const isReady = async (): Promise<boolean> => {
        server.assertAlive();
        const { stdout } = await kubectl(['get', '--raw', '/readyz'], { successCodes: [0, 1] });
        return stdout === 'ok';
      };
      await until('the API server is ready', isReady, patienceOf(scene));
    },
    stop: async (signal) => await running?.end(signal ?? 'SIGKILL'),
  };
}

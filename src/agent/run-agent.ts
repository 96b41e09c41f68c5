import { readFile } from 'node:fs/promises';
import { addAbortSignal, type Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandRunner } from './command-runner.ts';
import { Agent } from './agent.ts';
import { serveSocket, type SocketPlace } from './api/serve-socket.ts';
import { GRUB_DIRECTORY } from '../disk/grub-images.ts';
import { findArgumentTrial, withArguments } from './configure/argument-trial.ts';
import { connectUnit } from './connect-unit.ts';
import { explainFailedTrial, type FailureContext } from './failure/explain-failed-trial.ts';
import { entryOfResult } from './journal/journal-entry.ts';
import { Journal } from './journal/journal.ts';
import { readLastResult, writeLastResult } from './operations/last-result-file.ts';
import type { OperationResult } from './operations/operation.ts';
import { findNodeDisk, type KernelFiles } from './node/find-node-disk.ts';
import { findWatchdog, WATCHDOG_PLACES } from './node/find-watchdog.ts';
import { imageName } from './node/image-name.ts';
import { nodeTime } from './node/node-time.ts';
import { openNodeDisk } from './node/open-node-disk.ts';
import { markTrial } from './health/mark-trial.ts';
import { gateLimits } from './health/gate-limits.ts';
import { readHealthPolicy } from './health/health-policy.ts';
import { keepGrub } from './grub/keep-grub.ts';
import { passTrial } from './health/pass-trial.ts';
import { remoteLook } from './health/remote-look.ts';
import { restartFromTrial, restartWhenAllowed } from './restart-machine.ts';
import { startWhenFree } from './start-when-free.ts';
import { imageHooks } from './persist/image-hooks.ts';
import { DATA_PLACES } from './persist/settle-node.ts';
import { tellReady } from './tell-systemd.ts';
import { settleState } from './slots/save-state.ts';

/** Where things are on a node. */
export interface AgentPlaces extends KernelFiles {
  readonly sockets: readonly SocketPlace[];
  /** The first that can be written is used. */
  readonly records: readonly string[];
  readonly lastResult: readonly string[];
  readonly metadata: string;
  readonly repositories: string;
  /** GRUB's images of the running release. */
  readonly grubImages: string;
  /** Whether images that nobody signed are taken, and where their servers' certificates lie. */
  readonly trust: string;
  readonly certificates: string;
  /** What is checked on a trial, and how long it lasts. */
  readonly healthPolicy: string;
  /** os-release(5) of the image, and the file whose time is that of its build. */
  readonly osRelease: string;
  readonly clockEpoch: string;
  /** Where systemd starts a process for each connection: to fetch, to look whether the node is well, to read its journal, to configure. */
  readonly fetcher: string;
  readonly health: string;
  readonly lastWords: string;
  readonly configurer: string;
  /** What the trials of releases that failed left behind. */
  readonly failures: string;
  /** Marks for systemd's deadlines of a trial. */
  readonly trial: string;
  readonly dataReport: string;
  /** Of the image: hooks that migrate data. */
  readonly migrations: string;
}

export const NODE_PLACES: AgentPlaces = {
  proc: '/proc',
  sys: '/sys',
  dev: '/dev',
  sockets: [
    { role: 'admin', socket: '/run/kubeos/admin/agent.sock', mode: 0o700 },
    { role: 'proxy', socket: '/run/kubeos/proxy/agent.sock', mode: 0o750 },
  ],
  records: ['/persist/kubeos/slots.json', '/run/kubeos/slots.json'],
  lastResult: ['/persist/kubeos/last-result.json', '/run/kubeos/last-result.json'],
  metadata: '/persist/kubeos/metadata',
  repositories: '/usr/lib/kubeos/repositories',
  grubImages: GRUB_DIRECTORY,
  trust: '/usr/lib/kubeos/trust.json',
  certificates: '/etc/KubeOS/certs',
  healthPolicy: '/usr/lib/kubeos/health.json',
  osRelease: '/usr/lib/os-release',
  clockEpoch: '/usr/lib/clock-epoch',
  fetcher: '/run/kubeos/fetch.sock',
  health: '/run/kubeos/health.sock',
  lastWords: '/run/kubeos/last-words.sock',
  configurer: '/run/kubeos/configure.sock',
  failures: '/persist/kubeos/failures.json',
  trial: '/run/kubeos/trial',
  dataReport: DATA_PLACES.report,
  migrations: DATA_PLACES.hooks,
};

export interface AgentHost {
  readonly places: AgentPlaces;
  readonly version: string;
  /** What the machine takes for the time. */
  readonly clock: () => Date;
  readonly run: CommandRunner;
  /** One line for the journal. */
  readonly log: (line: string) => void;
  /** Ends the daemon. */
  readonly signal: AbortSignal;
}

/** `kubeos-agent run`: brings records and GRUB together, then answers on its sockets until it is told to end. */
export async function runAgent(host: AgentHost): Promise<void> {
  const { places, version, run, signal } = host;
  await using disk = await openNodeDisk(await findNodeDisk(places), places.records);
  const now = await nodeTime(places.clockEpoch, host.clock);
  const clock = { bootId: await bootId(places), now };
  const state = await settleState(disk, clock);
  const running = state.records[disk.booted];
  tellOfRecords(disk.records.address, host);
  host.log(
    `slot ${disk.booted}: ${running.release?.version ?? 'unknown release'}, ${running.state}`,
  );
  await using kept = keepResults(host);
  const grub = await keepGrub({ disk, clock, images: places.grubImages, log: host.log });
  const agent = new Agent({
    ...{ ...places, version, disk, clock, run, grub },
    hooks: imageHooks(places.migrations),
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    image: await imageName(places.osRelease),
    last: await readLastResult(places.lastResult),
    keep: kept.keep,
    watchdog: await findWatchdog(WATCHDOG_PLACES),
    connectFetcher: async () => await connectUnit(places.fetcher),
    connectConfigurer: async () => await connectUnit(places.configurer),
    restart: async () => await restartWhenAllowed(run),
  });
  await using sockets = new AsyncDisposableStack();
  for (const place of places.sockets) sockets.use(await serveSocket(agent, place));
  using _ = await tellReady(run, `slot ${disk.booted}`);
  await markTrial(places.trial, 'ready');
  const explaining = explain(agent, { state, booted: disk.booted, bootId: clock.bootId }, host);
  await judge(agent, host, running.state === 'trial');
  // GRUB's word on the kernel's command line outlives a commit: systemd's deadline would come all the same.
  if ((await agent.status()).trial === null) await markTrial(places.trial, 'verdict');
  await ended(signal);
  await explaining;
  agent.operations.cancel();
  await agent.operations.idle();
}

function tellOfRecords(address: string, { places, log }: AgentHost): void {
  if (address === places.records[0]) return;
  log(`PERSIST cannot be written: slot records last until the next start (${address})`);
}

/** Into the journal, and where the next start finds the last one; a node without room for that goes on without. */
function keepResults({ places, log }: AgentHost) {
  const journal = new Journal(log);
  let written: Promise<void> = Promise.resolve();
  const store = async (result: OperationResult): Promise<void> =>
    await writeLastResult(places.lastResult, result).catch(() => undefined);
  return {
    keep: (result: OperationResult): void => {
      journal.write(entryOfResult(result));
      written = written.then(async () => await store(result));
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await Promise.all([written, journal.flush()]);
    },
  };
}

/** Longer than any check may take: a look that does not end is a check that failed. */
const LOOK_MS = 120_000;

/** A release on trial, or kernel arguments of this node, or both. */
async function judge(agent: Agent, host: AgentHost, isReleaseOnTrial: boolean): Promise<void> {
  const { log, places, run, signal } = host;
  const argumentTrial = await findArgumentTrial(places);
  if (!isReleaseOnTrial && argumentTrial === null) return;
  using look = remoteLook(async () => await connectUnit(places.health), LOOK_MS);
  signal.addEventListener('abort', () => look[Symbol.dispose](), { once: true });
  const wait = async (ms: number): Promise<void> => await sleep(ms, undefined, { signal });
  const limits = gateLimits(await readHealthPolicy(places.healthPolicy));
  const trial = passTrial({
    ...{ look, limits, log, time: { now: () => performance.now(), wait } },
    onRound: (failing) => agent.noteTrial(failing),
    ...withArguments(argumentTrial, {
      isOnTrial: async () => (await agent.status()).trial !== null,
      commit: async () => await startWhenFree(agent, () => agent.commit(), signal),
      refuse: async (reason) => await startWhenFree(agent, () => agent.refuseTrial(reason), signal),
    }),
    restart: async () => await restartFromTrial(run),
    hold: async () => await markTrial(places.trial, 'verdict'),
  });
  await trial.catch((error: unknown) => {
    // An agent that is told to end leaves the trial to the next one.
    if (!signal.aborted) throw error;
  });
}

/** Nobody waits for it, and nothing depends on it. */
async function explain(
  agent: Agent,
  found: Pick<FailureContext, 'state' | 'booted' | 'bootId'>,
  { log, places, signal }: AgentHost,
): Promise<void> {
  const connect = async (): Promise<Duplex> => {
    return addAbortSignal(signal, await connectUnit(places.lastWords));
  };
  const explained = explainFailedTrial({
    ...{ ...found, connect, file: places.failures },
    onKnown: (words) => agent.noteLastWords(words),
    record: async (digest, words) => {
      await startWhenFree(agent, () => agent.explainFailure(digest, words), signal);
    },
  });
  await explained.catch((error: unknown) => {
    if (signal.aborted) return;
    log(`why a trial failed is not known: ${error instanceof Error ? error.message : 'unknown'}`);
  });
}

async function bootId({ proc }: KernelFiles): Promise<string> {
  return (await readFile(`${proc}/sys/kernel/random/boot_id`, 'utf8')).trim();
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

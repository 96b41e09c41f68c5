import { readFile } from 'node:fs/promises';
import type { SlotRecord } from '../disk/slot-records.ts';
import { Agent } from './agent.ts';
import type { AgentHost } from './agent-host.ts';
import { serveSocket } from './api/serve-socket.ts';
import { connectUnit } from './connect-unit.ts';
import { explainFailure } from './failure/explain-failure.ts';
import { keepGrub } from './grub/keep-grub.ts';
import { judgeTrial } from './health/judge-trial.ts';
import { markTrial } from './health/mark-trial.ts';
import { findNodeDisk, type KernelFiles } from './node/find-node-disk.ts';
import { findWatchdog, WATCHDOG_PLACES } from './node/find-watchdog.ts';
import { imageName } from './node/image-name.ts';
import type { NodeDisk } from './node/node-disk.ts';
import { nodeTime } from './node/node-time.ts';
import { openNodeDisk } from './node/open-node-disk.ts';
import { keepResults } from './operations/keep-results.ts';
import { readLastResult } from './operations/last-result-file.ts';
import { imageHooks } from './persist/image-hooks.ts';
import { restartWhenAllowed } from './restart-machine.ts';
import { settleState } from './slots/save-state.ts';
import { tellReady } from './tell-systemd.ts';

/** `kubeos-agent run`: brings records and GRUB together, then answers on its sockets until it is told to end. */
export async function runAgent(host: AgentHost): Promise<void> {
  const { places, version, run, signal } = host;
  await using disk = await openNodeDisk(await findNodeDisk(places), places.records);
  const now = await nodeTime(places.clockEpoch, host.clock);
  const clock = { bootId: await bootId(places), now };
  const state = await settleState(disk, clock);
  const running = state.records[disk.booted];
  tellWhatRuns(disk, running, host);
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
  const explaining = explainFailure(
    agent,
    { state, booted: disk.booted, bootId: clock.bootId },
    host,
  );
  await judgeTrial(agent, host, running);
  // GRUB's word on the kernel's command line outlives a commit: systemd's deadline would come all the same.
  if ((await agent.status()).trial === null) await markTrial(places.trial, 'verdict');
  await ended(signal);
  await explaining;
  agent.operations.cancel();
  await agent.operations.idle();
}

function tellWhatRuns(
  { booted, records }: Pick<NodeDisk, 'booted' | 'records'>,
  { release, state }: SlotRecord,
  { places, log }: AgentHost,
): void {
  log(`slot ${booted}: ${release?.version ?? 'unknown release'}, ${state}`);
  if (records.address === places.records[0]) return;
  log(`PERSIST cannot be written: slot records last until the next start (${records.address})`);
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

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandReader, CommandRunner } from './command-runner.ts';
import { Agent } from './agent.ts';
import { serveSocket, type SocketPlace } from './api/serve-socket.ts';
import { findNodeDisk, type KernelFiles } from './node/find-node-disk.ts';
import { openNodeDisk } from './node/open-node-disk.ts';
import { GATE_LIMITS } from './health/health-gate.ts';
import { CHECK_PLACES, nodeChecks } from './health/node-checks.ts';
import { passTrial } from './health/pass-trial.ts';
import { settleState } from './slots/save-state.ts';

/** Where things are on a node. */
export interface AgentPlaces extends KernelFiles {
  readonly sockets: readonly SocketPlace[];
  readonly records: string;
  readonly metadata: string;
  readonly repositories: string;
}

export const NODE_PLACES: AgentPlaces = {
  proc: '/proc',
  sys: '/sys',
  dev: '/dev',
  sockets: [
    { role: 'admin', socket: '/run/kubeos/admin/agent.sock', mode: 0o700 },
    { role: 'proxy', socket: '/run/kubeos/proxy/agent.sock', mode: 0o750 },
  ],
  records: '/persist/kubeos/slots.json',
  metadata: '/persist/kubeos/metadata',
  repositories: '/usr/lib/kubeos/repositories',
};

export interface AgentHost {
  readonly places: AgentPlaces;
  readonly version: string;
  readonly run: CommandRunner;
  readonly read: CommandReader;
  /** One line for the journal. */
  readonly log: (line: string) => void;
  /** Ends the daemon. */
  readonly signal: AbortSignal;
}

/** `kubeos-agent run`: brings records and GRUB together, then answers on its sockets until it is told to end. */
export async function runAgent(host: AgentHost): Promise<void> {
  const { places, version, run, signal } = host;
  await using disk = await openNodeDisk(await findNodeDisk(places), places.records);
  const clock = { bootId: await bootId(places), now: () => new Date() };
  const { records } = await settleState(disk, clock);
  const running = records[disk.booted];
  host.log(
    `slot ${disk.booted}: ${running.release?.version ?? 'unknown release'}, ${running.state}`,
  );
  const restart = async (): Promise<void> => await run('systemctl', ['--no-block', 'reboot']);
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const agent = new Agent({ ...places, version, disk, clock, arch, restart });
  await using sockets = new AsyncDisposableStack();
  for (const place of places.sockets) sockets.use(await serveSocket(agent, place));
  await notify(run, ['--ready', `--status=slot ${disk.booted}`]);
  if (running.state === 'trial') await Promise.race([judge(agent, host), ended(signal)]);
  await ended(signal);
  agent.operations.cancel();
}

async function judge(agent: Agent, { log, read }: AgentHost): Promise<void> {
  const wait = async (ms: number): Promise<void> => await sleep(ms);
  await passTrial({
    checks: await nodeChecks(CHECK_PLACES, read),
    limits: GATE_LIMITS,
    time: { now: () => performance.now(), wait },
    log,
    commit: async () => await agent.commit().done,
    refuse: async (reason) => await agent.refuseTrial(reason),
    restart: async () => await agent.restart(),
  });
}

/** systemd(1) is told where it asked to be: Node has no datagram sockets of that kind. */
async function notify(run: CommandRunner, args: readonly string[]): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] !== undefined) await run('systemd-notify', args);
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

import { agent, restart, untilGood } from '../../test/agent/agent-scene.ts';
import { bootGuest, type Guest } from '../../test/boot/testbed.ts';
import { raucService, STANDBY, type RaucBundle } from './rauc-bundle.ts';

/** Of a part of the work on one node; MiB and seconds. */
export interface Cost {
  readonly wall: number;
  /** Of all processors, in the kernel too. */
  readonly cpu: number;
  readonly written: number;
}

export interface NodeRound {
  readonly idle: { readonly rss: number; readonly anonymous: number; readonly cpu: number };
  readonly prepare: Cost & { readonly daemonPeak: number; readonly fetcherPeak: number };
  readonly fetched: number;
  readonly pipe: Cost;
  /** `rauc install` of the same root image; `peak` of all of its processes. */
  readonly rauc: Cost & { readonly idle: number; readonly peak: number };
  readonly upgrade: Outage;
  /** The same restart once more, into the release that runs. */
  readonly plain: Outage;
}

/** From the order to restart, in seconds. */
export interface Outage {
  /** Until containerd and kubelet may start: the data in /var is settled. */
  readonly services: number;
  /** Until the agent says that what runs is good. */
  readonly good: number;
}

const NETWORK = { network: true } as const;
const IDLE_SECONDS = 30;

/** The same release for others. */
export interface ForOthers {
  /** image.zst of 2.0.0. */
  readonly imageUrl: string;
  readonly bundle: RaucBundle;
}

/** One node from 1.0.0 to 2.0.0, and what else can be done with it. */
export async function measureNode(
  disk: string,
  { imageUrl, bundle }: ForOthers,
): Promise<NodeRound> {
  const before = await prepareAndActivate(disk);
  const after = await doTheSame(disk, { imageUrl, bundle }, before.atMs);
  const plain = await startAgain(disk, after.atMs);
  const { atMs: _, ...measured } = { ...before, ...after };
  return { ...measured, plain };
}

/** Restarts into the trial at the end. */
async function prepareAndActivate(disk: string) {
  await using guest = await bootNode(disk);
  const idle = await idleOf(guest);
  const prepared = await prepare(guest);
  await agent(guest, 'activate');
  return { idle, ...prepared, atMs: await restarting(guest) };
}

/** What others take for the same, once the upgrade is committed. */
async function doTheSame(disk: string, { imageUrl, bundle }: ForOthers, sinceMs: number) {
  await using guest = await bootNode(disk);
  const upgrade = await outageOf(guest, sinceMs);
  const pipe = await costOf(
    guest,
    `curl -s ${imageUrl} | zstd -d | dd of=${STANDBY} bs=1M oflag=direct`,
  );
  const rauc = await installByRauc(guest, bundle);
  return { upgrade, pipe, rauc, atMs: await restarting(guest) };
}

async function startAgain(disk: string, sinceMs: number): Promise<Outage> {
  await using guest = await bootNode(disk);
  const outage = await outageOf(guest, sinceMs);
  await guest.powerOff();
  return outage;
}

/** Of a node that is good by now. Its own clock counts from the start of its kernel. */
async function outageOf(guest: Guest, sinceMs: number): Promise<Outage> {
  const good = (performance.now() - sinceMs) / 1000;
  const upSeconds = Number.parseFloat(await said(guest, 'cat /proc/uptime'));
  const startedAt = (performance.now() - sinceMs) / 1000 - upSeconds;
  const settled = 'systemctl show --value --property ActiveEnterTimestampMonotonic kubeos-data';
  return { services: startedAt + Number(await said(guest, settled)) / 1e6, good };
}

/** @returns when that began */
async function restarting(guest: Guest): Promise<number> {
  const atMs = performance.now();
  await restart(guest);
  return atMs;
}

/** Up, and committed. */
async function bootNode(disk: string): Promise<Guest> {
  const guest = await bootGuest(disk, 'uefi', NETWORK);
  await untilGood(guest);
  return guest;
}

const PID = '$(systemctl show --property MainPID --value kubeos-agent)';

async function idleOf(guest: Guest): Promise<NodeRound['idle']> {
  const ticks = `cut -d' ' -f14,15 /proc/${PID}/stat`;
  await guest.shell.run('systemctl is-system-running --wait');
  const [first, status, second] = [
    await said(guest, ticks),
    await said(guest, `cat /proc/${PID}/status`),
    await said(guest, `sleep ${IDLE_SECONDS}; ${ticks}`),
  ];
  return {
    ...{ rss: mibOf(status, 'VmRSS'), anonymous: mibOf(status, 'RssAnon') },
    cpu: (sumOf(second) - sumOf(first)) / 100 / IDLE_SECONDS,
  };
}

async function prepare(guest: Guest): Promise<Pick<NodeRound, 'prepare' | 'fetched'>> {
  const command = 'kubeos-agent prepare 2.0.0 2>/dev/null';
  const cost = await costOf(guest, command, peaksOf('kubeos-agent fetch'));
  const status = await said(guest, `cat /proc/${PID}/status`);
  const json = await said(guest, 'kubeos-agent status --json');
  const fetched = Number(/"bytesTransferred":(\d+),"requests"/.exec(json)?.[1] ?? Number.NaN);
  return {
    prepare: {
      ...cost,
      daemonPeak: mibOf(status, 'VmHWM'),
      fetcherPeak: await peakOf(guest),
    },
    fetched: fetched / 2 ** 20,
  };
}

/** RAUC streams the bundle; its service, and what streams for it, are counted. */
async function installByRauc(guest: Guest, bundle: RaucBundle): Promise<NodeRound['rauc']> {
  await said(guest, raucService(bundle));
  const status = await said(guest, 'cat /proc/$(pgrep -o -x rauc)/status');
  const cost = await costOf(guest, `rauc install ${bundle.url}`, peaksOf('rauc.*service'));
  return { ...cost, idle: mibOf(status, 'VmRSS'), peak: await peakOf(guest) };
}

/** Looks at the peaks of the processes of a name while they live: they may not live long. */
const peaksOf = (name: string): string =>
  [
    `(while sleep 0.2; do for p in $(pgrep -f '${name}'); do`,
    'echo $p $(grep VmHWM /proc/$p/status); done; done) >/run/peaks 2>/dev/null & watcher=$!;',
  ].join(' ');

/** MiB of all processes that were seen. */
async function peakOf(guest: Guest): Promise<number> {
  const largest = 'sort -k3,3nr /run/peaks | sort -u -k1,1';
  const kib = await said(guest, `${largest} | awk '$3 { sum += $3 } END { print sum }'`);
  return Number(kib) / 1024;
}

/** What runs beside it, as `watcher`, is ended with it. */
async function costOf(guest: Guest, command: string, beside = 'watcher=;'): Promise<Cost> {
  const counters = "head -1 /proc/stat | cut -d' ' -f3-; cut -c1- /sys/block/vda/stat; date +%s.%N";
  const text = await said(
    guest,
    `sync; (${counters}) >/run/before; ${beside} ${command} >/dev/null 2>&1; code=$?; sync; ` +
      `[ -z "$watcher" ] || kill $watcher; (${counters}) >/run/after; cat /run/before /run/after; exit $code`,
  );
  const lines = text.split('\n').filter((line) => line !== '');
  const [cpu = '', io = '', time = '', cpuAfter = '', ioAfter = '', timeAfter = ''] = lines;
  return {
    wall: Number(timeAfter) - Number(time),
    cpu: (busyOf(cpuAfter) - busyOf(cpu)) / 100,
    written: ((numbersOf(ioAfter)[6] ?? 0) - (numbersOf(io)[6] ?? 0)) / 2048,
  };
}

/** proc_stat(5): user, nice, system, idle, iowait, irq, softirq, in hundredths of a second. */
function busyOf(line: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = numbersOf(line);
  return user + nice + system + irq + softirq;
}

const numbersOf = (line: string): readonly number[] => line.trim().split(/\s+/).map(Number);
const sumOf = (line: string): number => numbersOf(line).reduce((sum, number) => sum + number, 0);
const mibOf = (status: string, name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;

async function said({ shell, machine }: Guest, command: string): Promise<string> {
  const ended = machine.exited.then(() => {
    throw new Error(`the node ended at ${command}:\n${machine.serial().slice(-4000)}`);
  });
  // In a shell of its own: what it sets and how it exits is not the guest's.
  const { exitCode, output } = await Promise.race([shell.run(`(${command})`), ended]);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode}: ${output}`);
  return output;
}

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { access, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIRMWARE, QEMU } from '../../builder/boot/plan-qemu.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { forwardedPort } from './forwarded-port.ts';
import {
  machineArguments,
  partArguments,
  type MachineKind,
  type QemuOptions,
} from './machine-arguments.ts';

export interface QemuMachine extends AsyncDisposable {
  /** Everything that the guest has written to its first serial port. */
  readonly serial: () => string;
  /**
   * Waits until the serial text from `after` on (default: all of it) matches.
   * @throws Error with the serial text when the machine ends or the time is over first
   */
  readonly waitFor: (
    pattern: RegExp,
    timeoutMs: number,
    after?: number,
  ) => Promise<RegExpExecArray>;
  readonly send: (text: string) => void;
  /** The port of this host that reaches one of `forwards`. */
  readonly hostPort: (guestPort: number) => Promise<number>;
  /** Files that only this machine needs. */
  readonly directory: string;
  /** Fulfils with QEMU's exit code; null when it was killed. A reset of the guest ends it too. */
  readonly exited: Promise<number | null>;
}

/** Starts a machine without display on emulated hardware; disposing of it kills it. */
export async function startQemu(options: QemuOptions): Promise<QemuMachine> {
  await using undo = new AsyncDisposableStack();
  if (options.isAlone !== false) undo.defer(await enterTurn());
  const directory = undo.use(await openScratch(tmpdir()));
  const { arch = 'amd64', firmware: by, accelerator = 'tcg' } = options;
  const kind = { arch, firmware: by, accelerator };
  const variables = options.variables ?? path.join(directory.path, 'vars.fd');
  const firmware = await firmwareArguments(kind, variables);
  const machine = [QEMU[kind.arch], ...machineArguments(kind), ...firmware];
  // The kernel ends QEMU with this process, however it dies (prctl(2) PR_SET_PDEATHSIG).
  const guard = ['--pdeathsig', 'KILL', '--'];
  const monitor = path.join(directory.path, 'monitor');
  const child = spawn('setpriv', [...guard, ...machine, ...partArguments(options, monitor)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // In a session of its own: Ctrl-C on a terminal would end it under whoever still works with it.
    detached: true,
  });
  // Started: from here on its end undoes the rest.
  const held = undo.move();
  const started = machineOf(child, async () => await held.disposeAsync());
  const hostPort = async (guestPort: number): Promise<number> =>
    await forwardedPort(monitor, guestPort, started.exited);
  return { ...started, hostPort, directory: directory.path };
}

let lastTurn: Promise<void> = Promise.resolve();

/** One machine at a time in each test process: more would only slow each other down under emulation. */
async function enterTurn(): Promise<() => void> {
  const before = lastTurn;
  const { promise, resolve } = Promise.withResolvers<void>();
  lastTurn = promise;
  await before;
  return resolve;
}

function machineOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
  cleanUp: () => Promise<void>,
): Omit<QemuMachine, 'hostPort' | 'directory'> {
  let text = '';
  const exited = once(child, 'close').then(() => child.exitCode);
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => (text += chunk));
  child.stdin.on('error', () => undefined); // EPIPE of a machine that has just ended: waitFor tells
  return {
    serial: () => text,
    exited,
    send: (input) => child.stdin.write(input),
    waitFor: (pattern, timeoutMs, after = 0) =>
      waitForText(
        { child, exited, read: () => pattern.exec(text.slice(after)) },
        timeoutMs,
        () => `${String(pattern)} did not appear; serial:\n${text.slice(-4000)}`,
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await cleanUp();
    },
  };
}

interface Watched {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly exited: Promise<number | null>;
  readonly read: () => RegExpExecArray | null;
}

async function waitForText(
  { child, exited, read }: Watched,
  timeoutMs: number,
  explain: () => string,
): Promise<RegExpExecArray> {
  await using cleanup = new AsyncDisposableStack();
  const controller = new AbortController();
  cleanup.defer(() => controller.abort());
  const { signal } = controller;
  const over = Promise.race([
    exited.then(() => 'ended'),
    sleep(timeoutMs, 'timed out', { signal }).catch(() => 'stopped waiting'),
  ]);
  for (;;) {
    const match = read();
    if (match !== null) return match;
    const event = await Promise.race([over, once(child.stdout, 'data', { signal })]);
    if (typeof event === 'string') return lastLook(read, `the machine ${event}: ${explain()}`);
  }
}

function lastLook(read: Watched['read'], failure: string): RegExpExecArray {
  const match = read();
  if (match === null) throw new Error(failure);
  return match;
}

async function firmwareArguments(
  { firmware, arch }: MachineKind,
  variables: string,
): Promise<string[]> {
  if (firmware === 'bios') return [];
  const isNew = await access(variables).then(
    () => false,
    () => true,
  );
  if (isNew) await copyFile(FIRMWARE[arch].variables, variables);
  return [
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${FIRMWARE[arch].code}`],
    ...['-drive', `if=pflash,format=raw,file=${variables}`],
  ];
}

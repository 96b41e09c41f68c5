import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arch } from '../../src/disk/layout.ts';

/** A root shell in the guest, on the second serial port or the virtio console (fixtures/images/testbed and arm64). */
export interface GuestShell extends Disposable {
  /** Runs one line of sh and returns what it printed and its exit code. */
  run(line: string): Promise<{ readonly output: string; readonly exitCode: number }>;
}

/** QEMU arguments that put the shell's port on a unix socket. */
export function shellArguments(socketPath: string, arch: Arch = 'amd64'): string[] {
  if (arch === 'amd64') return ['-serial', `unix:${socketPath},server=on,wait=off`];
  return [
    ...['-chardev', `socket,id=shell,path=${socketPath},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci', '-device', 'virtconsole,chardev=shell'],
  ];
}

/** Connects and waits until the shell answers. */
export async function openGuestShell(socketPath: string, timeoutMs: number): Promise<GuestShell> {
  const socket = await connected(socketPath);
  let text = '';
  let count = 0;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (text += chunk));
  // A guest that has gone off does not answer any more: who waited on would keep the test's process for nothing.
  const isOpen = (): boolean => !socket.closed;
  const run = async (
    line: string,
    waitMs = timeoutMs,
  ): Promise<{ output: string; exitCode: number }> => {
    count += 1;
    const from = text.length;
    // The quotes keep the echoed command line itself from looking like the answer.
    socket.write(`{ ${line}\n} 2>&1; echo "an""swer-${count}:$?"\n`);
    const end = new RegExp(`answer-${count}:(\\d+)`);
    const match = await waitFor(() => end.exec(text.slice(from)), waitMs, isOpen);
    if (match === null)
      throw new Error(`the guest's shell did not answer "${line}":\n${text.slice(-2000)}`);
    return { output: outputOf(text.slice(from), match.index), exitCode: Number(match[1]) };
  };
  await untilReady({ ask: (line) => socket.write(line), heard: () => text, timeoutMs });
  await run("PS1='' PS2=''; stty -echo -onlcr");
  return { run, [Symbol.dispose]: () => socket.destroy() };
}

async function connected(socketPath: string): Promise<Socket> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(socketPath);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return socket;
    if (attempt > 3000) throw new Error(`no QEMU at ${socketPath}`);
    await sleep(100);
  }
}

interface Greeting {
  readonly ask: (line: string) => void;
  readonly heard: () => string;
  readonly timeoutMs: number;
}

/** A whole line, and not 70000: the question itself may come back in pieces. */
const SUM = /(?<!\d)7(?!0000)\d{4}\r?\n/;

/**
 * Bytes written before the shell is up are lost, some or all of them, so ask again until it answers. Whatever part
 * of this line arrives is a whole command: one with quotes or braces could leave the shell waiting for their ends.
 */
async function untilReady({ ask, heard, timeoutMs }: Greeting): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  for (let count = 1; Date.now() < endMs; count += 1) {
    ask(`expr 70000 + ${count}\n`);
    if ((await waitFor(() => SUM.exec(heard()), 5000)) !== null) return;
  }
  throw new Error(`the guest's shell did not answer:\n${heard().slice(-2000)}`);
}

async function waitFor<T>(
  read: () => T | null,
  timeoutMs: number,
  mayCome = (): boolean => true,
): Promise<T | null> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const value = read();
    if (value !== null || Date.now() > endMs || !mayCome()) return value;
    await sleep(50);
  }
}

function outputOf(text: string, end: number): string {
  return text
    .slice(0, end)
    .split('\n')
    .filter((line) => !line.includes('an""swer'))
    .join('\n')
    .replaceAll('\r', '')
    .trim();
}

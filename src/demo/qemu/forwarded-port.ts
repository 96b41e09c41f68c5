import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The port of this host that QEMU has opened for a port of the guest, asked of its monitor. QEMU chooses it, because one
 * that was found free beforehand may be taken by the time QEMU opens it.
 *
 * @param monitor unix socket of QEMU's monitor
 * @throws Error when the machine ends first
 */
export async function forwardedPort(
  monitor: string,
  guestPort: number,
  exited: Promise<unknown>,
): Promise<number> {
  const socket = await connected(monitor, exited);
  try {
    const row = new RegExp(String.raw`HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+${guestPort}\s`);
    return Number(await answer(socket, 'info usernet', row));
  } finally {
    socket.destroy();
  }
}

async function connected(monitor: string, exited: Promise<unknown>): Promise<Socket> {
  const ended = exited.then(() => true);
  for (;;) {
    const socket = connect(monitor);
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (isOpen) return socket;
    if (await Promise.race([ended, sleep(50, false)])) throw new Error('the machine ended');
  }
}

async function answer(socket: Socket, question: string, pattern: RegExp): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  socket.write(`${question}\n`);
  for await (const chunk of socket) {
    text += String(chunk);
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`no ${String(pattern)} in what QEMU's monitor says:\n${text}`);
}

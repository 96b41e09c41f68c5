import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { fakeKernel } from './fake-kernel.ts';
import { startQemu } from './start-qemu.ts';

const TIMEOUT_MS = 120_000;
const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-start-qemu-'));

/** A boot sector that sends every byte from the serial port back, and resets the machine after a "q". */
const ECHO = Buffer.alloc(512);
ECHO.write('bafd03ec a80174f8 baf803ec ee3c7175 efb0fee6 64f4'.replaceAll(' ', ''), 'hex');
ECHO.writeUInt16LE(0xaa55, 510);

async function echoDisk(directory: string): Promise<string> {
  const file = path.join(directory, 'echo.raw');
  await writeFile(file, Buffer.concat([ECHO, Buffer.alloc(2 ** 20 - 512)]));
  return file;
}

test('what is sent reaches the guest, what it answers is read, and its reset ends the machine', async (t) => {
  await using directory = await temporary();
  const disks = [{ file: await echoDisk(directory.path), readOnly: true }];
  await using machine = await startQemu({ firmware: 'bios', disks, memoryMiB: 32 });
  const answer = machine.waitFor(/<(\w+)>/, TIMEOUT_MS);
  const asking = setInterval(() => machine.send('<hello>'), 500);
  t.is((await answer)[1], 'hello');
  clearInterval(asking);
  machine.send('q');
  t.is(await machine.exited, 0);
  t.true(machine.serial().includes('<hello>'));
});

test('waiting ends with the serial text when the time is over', async (t) => {
  await using machine = await startQemu({ firmware: 'bios', memoryMiB: 32 });
  await t.throwsAsync(machine.waitFor(/never/, 100), { message: /timed out: .*never.*serial:/ });
});

test('waiting ends when the machine does, and a last match still counts', async (t) => {
  await using directory = await temporary();
  const image = path.join(directory.path, 'kernel');
  await writeFile(image, fakeKernel('fake'));
  const kernel = { image, arguments: 'a=1 b=2' };
  await using machine = await startQemu({ firmware: 'bios', memoryMiB: 64, kernel });
  await t.throwsAsync(machine.waitFor(/never/, TIMEOUT_MS), { message: /the machine ended/ });
  t.is((await machine.waitFor(/a=(\d) b=2/, TIMEOUT_MS))[1], '1');
});

test('disposing of a machine kills it and removes what it needed', async (t) => {
  const machine = await startQemu({ firmware: 'uefi' });
  await machine[Symbol.asyncDispose]();
  t.is(await machine.exited, null);
});

test('a forwarded port listens on this host', async (t) => {
  const port = await freePort();
  const forwards = [{ hostPort: port, guestPort: 22 }];
  await using machine = await startQemu({ firmware: 'bios', memoryMiB: 32, forwards });
  const socket = await connected(port, () => machine.exited);
  socket.destroy();
  t.pass();
});

/** QEMU opens the port some time after it was started. */
async function connected(port: number, exited: () => Promise<unknown>): Promise<Socket> {
  let ended = false;
  void exited().then(() => (ended = true));
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const opened = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (opened) return socket;
    if (ended) throw new Error('the machine ended');
    await sleep(50);
  }
}

async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

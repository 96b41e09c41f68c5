import { once } from 'node:events';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { fakeKernel } from './fake-kernel.ts';
import { startQemu } from '../../src/demo/qemu/start-qemu.ts';

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
  t.true((await readdir(machine.directory)).includes('vars.fd'));
  await machine[Symbol.asyncDispose]();
  t.is(await machine.exited, null);
  await t.throwsAsync(readdir(machine.directory), { code: 'ENOENT' });
});

test('a machine that cannot be started leaves its turn to the next', async (t) => {
  const options = { firmware: 'uefi', variables: '/no/such/folder/vars.fd' } as const;
  await t.throwsAsync(startQemu(options), { code: 'ENOENT' });
  await t.throwsAsync(startQemu(options), { code: 'ENOENT' });
});

test('forwarded ports listen on this host, each machine on ports of its own', async (t) => {
  await using machine = await startQemu({ firmware: 'bios', memoryMiB: 32, forwards: [22, 80] });
  const ports = [await machine.hostPort(22), await machine.hostPort(80)];
  t.not(ports[0], ports[1]);
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1');
    await t.notThrowsAsync(once(socket, 'connect'));
    socket.destroy();
  }
});

test('the port of a machine that has ended is an error, not a wait', async (t) => {
  const extraArguments = ['-no-such-option'];
  await using machine = await startQemu({ firmware: 'bios', forwards: [22], extraArguments });
  await t.throwsAsync(machine.hostPort(22), { message: /the machine ended/ });
});

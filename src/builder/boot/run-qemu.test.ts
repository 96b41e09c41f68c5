import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { planQemu } from './plan-qemu.ts';
import { runQemuUntilLogin } from './run-qemu.ts';

/** A boot sector that writes its message to the first serial port, and then hangs or resets the machine. */
function bootSector(message: string, end: 'hang' | 'reset'): Buffer {
  const sector = Buffer.alloc(512);
  const code = [
    '31c08ed8 be217c baf803', //  xor ax, ax; mov ds, ax; mov si, message; mov dx, 0x3f8
    'ac84c0 7403 ee ebf8', //     next: lodsb; test al, al; jz end; out dx, al; jmp next
    end === 'reset' ? 'b0fee664' : '90909090', // end: mov al, 0xfe; out 0x64, al
    'f4ebfd', //                  halt: hlt; jmp halt
  ];
  Buffer.from(code.join('').replaceAll(' ', ''), 'hex').copy(sector);
  sector.write(message, 0x21, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

interface Ending {
  readonly end: 'hang' | 'reset';
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

async function run(message: string, { end, timeoutMs, signal }: Ending): Promise<string> {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-run-qemu-'));
  const image = path.join(directory.path, 'disk.raw');
  await writeFile(image, Buffer.concat([bootSector(message, end), Buffer.alloc(2 ** 20 - 512)]));
  const command = planQemu({
    ...{ image, format: 'raw', arch: 'amd64', firmware: 'bios', accelerator: 'tcg' },
    ...{ memoryMiB: 32, variables: '', isPersistent: false },
  });
  const output = new PassThrough();
  const shown = text(output);
  try {
    const wait = { output, timeoutMs, signal: signal ?? new AbortController().signal };
    await runQemuUntilLogin(command, wait);
  } finally {
    output.end();
  }
  return await shown;
}

const LONG_MS = 120_000;

test('a machine that asks for a login is stopped, and its console was shown', async (t) => {
  const shown = await run('Debian\r\nlocalhost login: ', { end: 'hang', timeoutMs: LONG_MS });
  t.true(shown.includes('localhost login: '));
});

test('a machine that hangs is stopped after the time given, with the last lines of its console', async (t) => {
  const error = await t.throwsAsync(
    run('one\r\n\x1b[31mtwo\x1b[0m\r\n\r\nthree', { end: 'hang', timeoutMs: 30_000 }),
    { code: 'TIMED_OUT' },
  );
  t.true(error.message.startsWith('no login prompt after 30 s'), error.message);
  t.true(error.message.endsWith('\none\ntwo\nthree'), error.message);
});

test('a machine that ends before a login prompt is an error at once', async (t) => {
  const ending = run('panic', { end: 'reset', timeoutMs: LONG_MS });
  await t.throwsAsync(ending, { code: 'COMMAND_FAILED', message: /before it reached a login/ });
});

test('a person who stops it is not told that the machine failed', async (t) => {
  const signal = AbortSignal.timeout(1000);
  const ending = run('booting', { end: 'hang', timeoutMs: LONG_MS, signal });
  await t.throwsAsync(ending, { code: 'CANCELLED' });
});

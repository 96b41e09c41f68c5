import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { serveDisk, type Verdict } from './serve-disk.ts';
import { VolatileDisk, type Loss } from './volatile-cache.ts';

const SIZE = 2 ** 20;

interface Ended {
  readonly bytes: Buffer;
  readonly said: string;
}

/** What is left of a disk that QEMU's own client wrote to, and power was cut. */
async function after(
  commands: readonly string[],
  loss: Loss,
  judge: (write: number) => Verdict = () => 'pass',
): Promise<Ended> {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-volatile-'));
  const file = path.join(dir.path, 'disk');
  await using made = await open(file, 'w');
  await made.truncate(SIZE);
  let said: string;
  {
    using disk = new VolatileDisk(file, SIZE);
    let writes = 0;
    await using server = await serveDisk(`${file}.nbd`, disk, ({ kind }) => {
      if (kind === 'write') writes += 1;
      return kind === 'write' ? judge(writes) : 'pass';
    });
    const args = commands.flatMap((command) => ['-c', command]);
    const ended = await execa(
      'qemu-io',
      ['-t', 'writeback', '-f', 'raw', ...args, server.address],
      { reject: false },
    );
    said = `${ended.stdout}\n${ended.stderr}`;
    let count = 0;
    disk.cut(loss, () => (count += 1) % 2 === 0);
  }
  return { bytes: await readFile(file), said };
}

// qemu-io flushes when it ends: what may be lost has to be cut off before.
const cutAt =
  (nth: number, cutAfterBytes: number) =>
  (write: number): Verdict =>
    write === nth ? { cutAfterBytes } : 'pass';

test('QEMU reads back what it wrote, and what it flushed is there after a cut', async (t) => {
  const commands = ['write -P 7 0 4096', 'flush', 'read -P 7 0 4096', 'read -P 0 8192 512'];
  const { bytes, said } = await after(commands, 'all');
  t.notRegex(said, /failed|error/i);
  t.true(bytes.subarray(0, 4096).every((byte) => byte === 7));
  t.true(bytes.subarray(4096).every((byte) => byte === 0));
});

test('what was not flushed is lost by sectors: all, none, or some; a flushed sector below comes back', async (t) => {
  const commands = ['write -P 1 0 4096', 'flush', 'write -P 2 0 2048', 'write -P 3 65536 512'];
  const cut = cutAt(3, 0);
  t.is((await after(commands, 'all', cut)).bytes.readUInt8(0), 1);
  t.is((await after(commands, 'none', cut)).bytes.readUInt8(0), 2);
  const { bytes } = await after(commands, 'some', cut);
  t.deepEqual(
    [0, 512, 1024, 1536, 2048].map((at) => bytes.readUInt8(at)),
    [2, 1, 2, 1, 1],
  );
  t.is(bytes.readUInt8(65_536), 0);
});

test('a write is torn where power is cut in the middle of it', async (t) => {
  const { bytes, said } = await after(['write -P 5 0 1024'], 'none', cutAt(1, 512));
  t.regex(said, /fail|error/i);
  t.is(bytes.readUInt8(511), 5);
  t.is(bytes.readUInt8(512), 0);
});

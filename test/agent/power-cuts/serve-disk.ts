import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { VolatileDisk } from './volatile-cache.ts';

/**
 * What a machine does to its disk; `length` in bytes. Of a write only the sectors that change anything: Linux writes whole
 * pages, and files of BOOT share them.
 */
export interface DiskRequest {
  readonly kind: 'read' | 'write' | 'flush';
  readonly offset: number;
  readonly length: number;
  /** All that is written, and nothing for the other kinds. */
  readonly bytes: Buffer;
}

/** How much of a request still reaches the disk: all of it, or so many bytes of what it changes and then nothing ever. */
export type Verdict = 'pass' | { readonly cutAfterBytes: number };

export interface DiskServer extends AsyncDisposable {
  /** For QEMU. */
  readonly address: string;
}

/**
 * Serves a disk to QEMU over the NBD protocol (fixed newstyle, simple replies:
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md), and may end it in the middle of any request.
 */
export async function serveDisk(
  socketPath: string,
  disk: VolatileDisk,
  judge: (request: DiskRequest) => Verdict,
): Promise<DiskServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    void converse(socket, disk, judge).catch(() => socket.destroy());
  });
  // Of a run that was killed.
  await rm(socketPath, { force: true });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    address: `nbd:unix:${socketPath}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const OPTION_GO = 7;
const [REPLY_ACK, REPLY_EXPORT] = [1, 3];
const UNSUPPORTED = 0x8000_0001;
/** HAS_FLAGS, SEND_FLUSH, SEND_FUA. */
const FLAGS = 0b1101;

async function converse(
  socket: Socket,
  disk: VolatileDisk,
  judge: (request: DiskRequest) => Verdict,
): Promise<void> {
  const take = taking(socket);
  // NBDMAGIC, IHAVEOPT, FIXED_NEWSTYLE and NO_ZEROES.
  socket.write(Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), Buffer.from([0, 3])]));
  await take(4);
  for (;;) {
    const head = await take(16);
    const option = head.readUInt32BE(8);
    await take(head.readUInt32BE(12));
    if (option !== OPTION_GO) {
      socket.write(reply(option, UNSUPPORTED));
      continue;
    }
    const described = Buffer.alloc(12);
    described.writeBigUInt64BE(BigInt(disk.size), 2);
    described.writeUInt16BE(FLAGS, 10);
    socket.write(Buffer.concat([reply(option, REPLY_EXPORT, described), reply(option, REPLY_ACK)]));
    break;
  }
  while (await answer(socket, take, { disk, judge }));
  socket.destroy();
}

function reply(option: number, type: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(0x3_e889_0455_65a9n, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(payload.length, 16);
  return Buffer.concat([head, payload]);
}

const KINDS = new Map([
  [0, 'read'],
  [1, 'write'],
  [3, 'flush'],
] as const);
const FORCE_UNIT_ACCESS = 1;

interface Served {
  readonly disk: VolatileDisk;
  readonly judge: (request: DiskRequest) => Verdict;
}

/** @returns whether there may be another request */
async function answer(socket: Socket, take: Take, { disk, judge }: Served): Promise<boolean> {
  const head = await take(28);
  const kind = KINDS.get(head.readUInt16BE(6) as 0 | 1 | 3);
  if (kind === undefined) return false;
  const offset = Number(head.readBigUInt64BE(16));
  const length = head.readUInt32BE(24);
  const bytes = kind === 'write' ? await take(length) : Buffer.alloc(0);
  const changed =
    kind === 'write' ? changeOf(disk.read(offset, length), bytes) : { start: 0, length };
  const verdict = judge({ kind, offset: offset + changed.start, length: changed.length, bytes });
  if (verdict !== 'pass') {
    const end = changed.start + verdict.cutAfterBytes;
    disk.write(offset, bytes.subarray(0, end));
    return false;
  }
  // Nothing, where it is no write.
  disk.write(offset, bytes);
  const isForced = (head.readUInt16BE(4) & FORCE_UNIT_ACCESS) !== 0;
  if (kind === 'flush' || (kind === 'write' && isForced)) disk.flush();
  const done = Buffer.alloc(16);
  done.writeUInt32BE(0x6744_6698, 0);
  head.copy(done, 8, 8, 16);
  socket.write(kind === 'read' ? Buffer.concat([done, disk.read(offset, length)]) : done);
  return true;
}

const SECTOR = 512;

/** From the first sector that differs to the end of the last one. */
function changeOf(
  before: Buffer,
  after: Buffer,
): { readonly start: number; readonly length: number } {
  const differs = Array.from({ length: Math.ceil(after.length / SECTOR) }, (_, sector) => {
    const [start, end] = [sector * SECTOR, (sector + 1) * SECTOR];
    return !before.subarray(start, end).equals(after.subarray(start, end));
  });
  const first = differs.indexOf(true);
  if (first === -1) return { start: 0, length: 0 };
  const end = Math.min((differs.lastIndexOf(true) + 1) * SECTOR, after.length);
  return { start: first * SECTOR, length: end - first * SECTOR };
}

type Take = (bytes: number) => Promise<Buffer>;

/** Reads exactly so many bytes at a time; fails when the other side has ended. */
function taking(socket: Socket): Take {
  const chunks: AsyncIterator<unknown> = socket[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  return async (bytes) => {
    const parts: Buffer[] = [held];
    let length = held.length;
    while (length < bytes) {
      const next = await chunks.next();
      if (next.done === true || !Buffer.isBuffer(next.value)) throw new Error('QEMU has gone');
      parts.push(next.value);
      length += next.value.length;
    }
    const all = Buffer.concat(parts);
    held = all.subarray(bytes);
    return all.subarray(0, bytes);
  };
}

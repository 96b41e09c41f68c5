import { encodePaxRecords } from '../../../disk/tar/pax-records.ts';
import { PieceReader } from './piece-reader.ts';
import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { ContentPiece, TarEntry } from './tar-entry.ts';
import {
  BLOCK_BYTES,
  encodeHeader,
  fitsOctal,
  type TarHeader,
} from '../../../disk/tar/tar-header.ts';

const TYPE_FLAGS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const;

const BUFFER_BYTES = 1024 * 1024;
/** The archive's end: two zero blocks (POSIX.1-2017, pax, "ustar Interchange Format"). */
const END = Buffer.alloc(2 * BLOCK_BYTES);

/** Where the bytes of a tar go: a file, or a hash. They are only lent until the promise is kept. */
export type TarSink = (bytes: Uint8Array) => Promise<unknown>;

/** Writes a pax tar; the same entries give the same bytes. Dispose of it when done. */
export class TarWriter implements AsyncDisposable {
  readonly #reader = new PieceReader();
  readonly #sink: TarSink;
  readonly #signal: AbortSignal;
  readonly #waiting = Buffer.alloc(BUFFER_BYTES);
  #waitingBytes = 0;

  constructor(sink: TarSink, signal: AbortSignal) {
    this.#sink = sink;
    this.#signal = signal;
  }

  /** Reads the content of a file from where its pieces are. */
  async add(entry: TarEntry): Promise<void> {
    await this.#write(headerBlocks(entry));
    if (entry.type !== 'file') return;
    for (const piece of entry.content) await this.#copy(piece);
    await this.#write(padding(entry.size));
  }

  /** Writes the end mark and what is still waiting. */
  async finish(): Promise<void> {
    await this.#write(END);
    await this.#flush();
  }

  async #copy(piece: ContentPiece): Promise<void> {
    const chunks = piece.kind === 'zeros' ? zeros(piece.length) : this.#reader.read(piece);
    for await (const chunk of chunks) await this.#write(chunk);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(bytes.length - done, BUFFER_BYTES - this.#waitingBytes);
      this.#waiting.set(bytes.subarray(done, done + length), this.#waitingBytes);
      this.#waitingBytes += length;
      done += length;
      if (this.#waitingBytes === BUFFER_BYTES) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#sink(this.#waiting.subarray(0, this.#waitingBytes));
    this.#waitingBytes = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }
}

function headerBlocks(entry: TarEntry): Buffer {
  const records = paxRecordsOf(entry);
  const header = encodeHeader(headerOf(entry));
  if (records.size === 0) return header;
  const body = encodePaxRecords(records);
  const before = { ...headerOf(entry), name: 'PaxHeader', typeFlag: 'x', size: body.length };
  return Buffer.concat([
    encodeHeader({ ...before, mode: 0o644, linkName: '', major: 0, minor: 0 }),
    body,
    padding(body.length),
    header,
  ]);
}

function headerOf(entry: TarEntry): TarHeader {
  const isDevice = entry.type === 'character-device' || entry.type === 'block-device';
  return {
    name: entry.name,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.type === 'file' ? entry.size : 0,
    mtime: Math.floor(Number(entry.mtime)),
    typeFlag: TYPE_FLAGS[entry.type],
    linkName: targetOf(entry) ?? '',
    major: isDevice ? entry.major : 0,
    minor: isDevice ? entry.minor : 0,
  };
}

function targetOf(entry: TarEntry): ByteString | undefined {
  return entry.type === 'symlink' || entry.type === 'hardlink' ? entry.target : undefined;
}

/** What a ustar header cannot say. */
function paxRecordsOf(entry: TarEntry): ReadonlyMap<ByteString, ByteString> {
  const target = targetOf(entry);
  const { size, mtime } = headerOf(entry);
  return new Map([
    ...entry.extended,
    ...(needsRecord(entry.name) ? [['path', entry.name] as const] : []),
    ...(target !== undefined && needsRecord(target) ? [['linkpath', target] as const] : []),
    ...(fitsOctal(entry.uid, 7) ? [] : [['uid', String(entry.uid)] as const]),
    ...(fitsOctal(entry.gid, 7) ? [] : [['gid', String(entry.gid)] as const]),
    ...(fitsOctal(size, 11) ? [] : [['size', String(size)] as const]),
    ...(String(mtime) === entry.mtime && fitsOctal(mtime, 11)
      ? []
      : [['mtime', entry.mtime] as const]),
  ]);
}

/** Too long for its field, or not ASCII, where a ustar header leaves the character set open. */
function needsRecord(text: ByteString): boolean {
  return text.length > 100 || /[^\x20-\x7e]/.test(text);
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

function* zeros(length: number): Generator<Buffer> {
  const chunk = Buffer.alloc(Math.min(length, BUFFER_BYTES));
  for (let left = length; left > 0; left -= chunk.length) {
    yield chunk.subarray(0, Math.min(left, chunk.length));
  }
}

/** What the dynamic loader reads of a program or library (System V ABI, chapters 4 and 5). */
export interface ElfFile {
  /** `e_machine`: 62 x86-64, 183 AArch64. */
  readonly machine: number;
  readonly is64: boolean;
  /** The program interpreter, an absolute path; libraries and static programs have none. */
  readonly interpreter: string | undefined;
  /** Names of needed libraries, in order. */
  readonly needed: readonly string[];
  /** Directories of DT_RUNPATH, or of DT_RPATH where that is missing; may hold $ORIGIN. */
  readonly runPath: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** @returns undefined for anything that is not a whole little-endian ELF file, such as a script */
export function parseElf(bytes: Uint8Array): ElfFile | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isElf = file.length >= 64 && file.toString('latin1', 0, 4) === '\x7fELF';
  if (!isElf || file[5] !== 1) return undefined;
  const is64 = file[4] === 2;
  try {
    const segments = readSegments(file, is64);
    const interpreter = segments.find((segment) => segment.type === PT_INTERP);
    return {
      machine: file.readUInt16LE(18),
      is64,
      interpreter: interpreter === undefined ? undefined : stringAt(file, interpreter.offset),
      ...readDynamic(file, is64, segments),
    };
  } catch (error) {
    // Offsets that point outside the file: cut off, or not what it says it is.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readSegments(file: Buffer, is64: boolean): Segment[] {
  const start = is64 ? Number(file.readBigUInt64LE(32)) : file.readUInt32LE(28);
  const size = file.readUInt16LE(is64 ? 54 : 42);
  const count = file.readUInt16LE(is64 ? 56 : 44);
  return Array.from({ length: count }, (_, index) => readSegment(file, is64, start + index * size));
}

function readSegment(file: Buffer, is64: boolean, at: number): Segment {
  const word = (offset64: number, offset32: number): number =>
    is64 ? Number(file.readBigUInt64LE(at + offset64)) : file.readUInt32LE(at + offset32);
  return {
    type: file.readUInt32LE(at),
    offset: word(8, 4),
    address: word(16, 8),
    size: word(32, 16),
  };
}

function readDynamic(
  file: Buffer,
  is64: boolean,
  segments: readonly Segment[],
): Pick<ElfFile, 'needed' | 'runPath'> {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (dynamic === undefined) return { needed: [], runPath: [] };
  const tags = readTags(file, is64, dynamic);
  const strings = tags.find(({ tag }) => tag === DT_STRTAB);
  if (strings === undefined) return { needed: [], runPath: [] };
  const table = fileOffset(segments, strings.value);
  const stringsOf = (wanted: number): string[] =>
    tags.filter(({ tag }) => tag === wanted).map(({ value }) => stringAt(file, table + value));
  const runPath = stringsOf(DT_RUNPATH);
  // ld.so(8): DT_RPATH counts only where there is no DT_RUNPATH.
  const paths = runPath.length > 0 ? runPath : stringsOf(DT_RPATH);
  return {
    needed: stringsOf(DT_NEEDED),
    runPath: paths.flatMap((path) => path.split(':')).filter((path) => path !== ''),
  };
}

function readTags(
  file: Buffer,
  is64: boolean,
  dynamic: Segment,
): { readonly tag: number; readonly value: number }[] {
  const width = is64 ? 8 : 4;
  const word = (at: number): number =>
    is64 ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at);
  return Array.from({ length: Math.floor(dynamic.size / (2 * width)) }, (_, index) => {
    const at = dynamic.offset + index * 2 * width;
    return { tag: word(at), value: word(at + width) };
  });
}

/** Dynamic entries hold addresses of the loaded program; the loadable segments say where those lie in the file. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    ({ type, address: start, size }) =>
      type === PT_LOAD && address >= start && address < start + size,
  );
  if (segment === undefined) throw new RangeError(`address ${address} lies in no segment`);
  return segment.offset + address - segment.address;
}

function stringAt(file: Buffer, offset: number): string {
  const end = file.indexOf(0, offset);
  if (offset >= file.length || end < 0) throw new RangeError(`no string at ${offset}`);
  return file.toString('utf8', offset, end);
}

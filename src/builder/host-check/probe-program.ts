import type { Arch } from '../../disk/layout.ts';
import { PROGRAMS } from '../../host/foreign-programs.ts';

export const PROBE_EXIT_CODE = 42;

/** exit(42), as machine code: number of the call, its argument, the call. */
const CODE = {
  // mov $60,%eax; mov $42,%edi; syscall
  amd64: [0xb8, 60, 0, 0, 0, 0xbf, PROBE_EXIT_CODE, 0, 0, 0, 0x0f, 0x05],
  // mov x0,#42; mov x8,#93; svc #0
  arm64: [0x40, 0x05, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4],
} as const;

const ADDRESS = 0x40_0000;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;

/** The smallest static program of an architecture (gABI, chapters 4 and 5): one header, one segment, three instructions. */
export function probeProgram(arch: Arch): Uint8Array {
  const code = Buffer.from(CODE[arch]);
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(2, 16); // e_type: ET_EXEC
  header.writeUInt16LE(PROGRAMS[arch].machine, 18);
  header.writeUInt32LE(1, 20); // e_version
  header.writeBigUInt64LE(BigInt(ADDRESS + start), 24); // e_entry
  header.writeBigUInt64LE(BigInt(HEADER_BYTES), 32); // e_phoff
  header.writeUInt16LE(HEADER_BYTES, 52); // e_ehsize
  header.writeUInt16LE(SEGMENT_BYTES, 54); // e_phentsize
  header.writeUInt16LE(1, 56); // e_phnum
  return Buffer.concat([header, segmentOf(start + code.length), code]);
}

/** The whole file, readable and executable. */
function segmentOf(size: number): Buffer {
  const segment = Buffer.alloc(SEGMENT_BYTES);
  segment.writeUInt32LE(1, 0); // p_type: PT_LOAD
  segment.writeUInt32LE(5, 4); // p_flags: PF_R | PF_X
  segment.writeBigUInt64LE(BigInt(ADDRESS), 16); // p_vaddr
  segment.writeBigUInt64LE(BigInt(ADDRESS), 24); // p_paddr
  segment.writeBigUInt64LE(BigInt(size), 32); // p_filesz
  segment.writeBigUInt64LE(BigInt(size), 40); // p_memsz
  segment.writeBigUInt64LE(0x1_0000n, 48); // p_align: the largest page of arm64
  return segment;
}

import type { Arch } from '../../disk/layout.ts';
import type { Command } from '../../host/commands.ts';
import { QEMU, quoted } from './plan-qemu.ts';

/** The smallest machine that shows whether an accelerator runs a guest's instructions. */
export interface Probe {
  /** What the machine runs. */
  readonly program: Uint8Array;
  readonly command: Command;
  /** How it ends, and what it has said by then, when its program ran. */
  readonly exitCode: number;
  readonly said: string;
}

const EXIT_PORT = 0xf4;
const SIGN_OF_LIFE = 0x2a;

/** @param file where the program will be */
export function planProbe(arch: Arch, accelerator: 'kvm' | 'tcg', file: string): Probe {
  const [type, cpu] = accelerator === 'kvm' ? [KVM_MACHINE[arch], 'host'] : TCG_MACHINE[arch];
  const machine = ['-machine', type, '-accel', accelerator, '-cpu', cpu, '-m', '64'];
  const start = { tool: QEMU[arch], args: [...machine, '-nodefaults', '-display', 'none'] };
  return arch === 'amd64' ? bootSectorProbe(start, file) : firmwareProbe(start, file);
}

const KVM_MACHINE = { amd64: 'q35', arm64: 'virt,gic-version=host' } as const;
const TCG_MACHINE = { amd64: ['q35', 'qemu64'], arm64: ['virt', 'cortex-a57'] } as const;

/** isa-debug-exit ends QEMU with twice the value that was written to its port, plus one. */
function bootSectorProbe(start: Command, file: string): Probe {
  const drive = `if=none,id=d,format=raw,readonly=on,file=${quoted(file)}`;
  const exit = `isa-debug-exit,iobase=${EXIT_PORT},iosize=1`;
  return {
    program: bootSector(),
    command: withArguments(start, [
      ...['-device', exit],
      ...['-drive', drive, '-device', 'virtio-blk-pci,drive=d'],
    ]),
    exitCode: SIGN_OF_LIFE * 2 + 1,
    said: '',
  };
}

/** mov al, 0x2a; out 0xf4, al; hlt; jmp back to hlt. SeaBIOS starts nothing from a disk of a few sectors. */
function bootSector(): Uint8Array {
  const disk = Buffer.alloc(2 ** 20);
  Buffer.from([0xb0, SIGN_OF_LIFE, 0xe6, EXIT_PORT, 0xf4, 0xeb, 0xfd]).copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/** The `virt` machine has no such port: it prints a letter and asks the firmware interface to go off, exit code 0. */
function firmwareProbe(start: Command, file: string): Probe {
  const program = Buffer.alloc(A64_CODE.length * 4);
  for (const [index, word] of A64_CODE.entries()) program.writeUInt32LE(word, index * 4);
  return {
    program,
    command: withArguments(start, ['-bios', file, '-serial', 'stdio']),
    exitCode: 0,
    said: 'K',
  };
}

/** Run from the machine's flash, at address 0. */
const A64_CODE = [
  0xd2_a1_20_01, // movz x1, #0x0900, lsl #16   the PL011 serial port of QEMU's virt machine
  0x52_80_09_62, // movz w2, #'K'
  0xb9_00_00_22, // str w2, [x1]
  0x52_b0_80_00, // movz w0, #0x8400, lsl #16   PSCI (Arm DEN0022) SYSTEM_OFF is 0x84000008
  0x72_80_01_00, // movk w0, #0x0008
  0xd4_00_00_02, // hvc #0
  0x14_00_00_00, // b .
];

const withArguments = (command: Command, more: readonly string[]): Command => ({
  ...command,
  args: [...command.args, ...more],
});

import { access, constants, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Arch } from '../../disk/layout.ts';
import type { Commands } from '../../host/commands.ts';
import { isForeign } from '../../host/foreign-programs.ts';
import { openScratch } from '../../host/open-scratch.ts';

const EXIT_PORT = 0xf4;
const SIGN_OF_LIFE = 0x2a;

/**
 * KVM only where it really runs a guest: nested virtualisation often opens /dev/kvm and then fails at the first
 * instructions. The probe boots a sector that writes to QEMU's debug-exit port.
 */
export async function probeAccelerator(arch: Arch, commands: Commands): Promise<'kvm' | 'tcg'> {
  if (isForeign(arch) || !(await canOpenKvm())) return 'tcg';
  // The sector below is x86 code; on arm64 an open /dev/kvm is believed.
  if (arch === 'arm64') return 'kvm';
  await using directory = await openScratch(tmpdir());
  const sector = path.join(directory.path, 'sector.img');
  await writeFile(sector, bootSector());
  try {
    // isa-debug-exit ends QEMU with twice the value plus one.
    await commands.run({
      tool: 'timeout',
      args: ['10', ...probe(sector)],
      successCodes: [SIGN_OF_LIFE * 2 + 1],
    });
    return 'kvm';
  } catch {
    return 'tcg';
  }
}

async function canOpenKvm(): Promise<boolean> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function probe(sector: string): string[] {
  return [
    ...[
      'qemu-system-x86_64',
      '-accel',
      'kvm',
      '-cpu',
      'host',
      '-machine',
      'q35',
      '-m',
      '64',
      '-nodefaults',
    ],
    ...['-display', 'none', '-device', `isa-debug-exit,iobase=${EXIT_PORT},iosize=1`],
    ...['-drive', `if=none,id=d,format=raw,readonly=on,file=${sector.replaceAll(',', ',,')}`],
    ...['-device', 'virtio-blk-pci,drive=d'],
  ];
}

/** mov al, 0x2a; out 0xf4, al; hlt; jmp back to hlt. */
function bootSector(): Uint8Array {
  const sector = Buffer.alloc(512);
  Buffer.from([0xb0, SIGN_OF_LIFE, 0xe6, EXIT_PORT, 0xf4, 0xeb, 0xfd]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

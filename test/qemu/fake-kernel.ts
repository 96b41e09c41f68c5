/**
 * The smallest thing that a boot loader takes for a Linux kernel (x86 boot protocol 2.06): it prints its marker and
 * its command line to the serial port and resets the machine, so that a boot decision is seen in a second.
 */
export function fakeKernel(marker: string): Uint8Array {
  return Buffer.concat([setupSectors(), CODE, Buffer.from(`${marker} \0\r\n\n\0`), FILLING]);
}

/** Enough that the file has several blocks. */
const FILLING = Buffer.alloc(32 * 1024, 'kubeos');

/** Boot sector and one setup sector; fields of Documentation/arch/x86/boot.rst. */
function setupSectors(): Buffer {
  const setup = Buffer.alloc(1024);
  setup.writeUInt8(1, 0x1f1); // setup_sects
  setup.writeUInt16LE(0xaa55, 0x1fe); // boot_flag
  setup.writeUInt16BE(0xeb7e, 0x200); // jump to REAL_MODE_CODE
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x206, 0x206); // version
  setup.writeUInt8(1, 0x211); // loadflags: LOADED_HIGH
  setup.writeUInt32LE(0x10_0000, 0x214); // code32_start
  setup.writeUInt32LE(0x37ff_ffff, 0x22c); // initrd_addr_max
  setup.writeUInt32LE(2047, 0x238); // cmdline_size
  REAL_MODE_CODE.copy(setup, 0x280);
  return setup;
}

/** Entered in flat 32-bit mode with the boot parameters in ESI. The marker follows at once, then the line's end. */
const CODE = Buffer.from(
  [
    'fc', //                cld
    'e800000000', //        call next
    '5d', //         next:  pop ebp                      EBP = code + 6
    '8b9e28020000', //      mov ebx, [esi + 0x228]       cmd_line_ptr
    '8d753e', //            lea esi, [ebp + marker]
    'e813000000', //        call print
    '56', //                push esi                     where the line's end begins
    '89de', //              mov esi, ebx
    'e80b000000', //        call print
    '5e', //                pop esi
    'e805000000', //        call print
    'b0fe', //              mov al, 0xfe
    'e664', //              out 0x64, al                 reset by the keyboard controller
    'f4', //                hlt
    'ac', //        print:  lodsb
    '84c0', //              test al, al
    '7416', //              jz done
    '88c4', //              mov ah, al
    '66bafd03', //          mov dx, 0x3fd
    'ec', //        wait:   in al, dx
    '2460', //              and al, 0x60                 holding register and transmitter empty:
    '3c60', //              cmp al, 0x60                 what was written before is out
    '75f9', //              jne wait
    '66baf803', //          mov dx, 0x3f8
    '88e0', //              mov al, ah
    'ee', //                out dx, al
    'ebe5', //              jmp print
    'c3', //        done:   ret
  ].join(''),
  'hex',
);

/** Where QEMU enters a kernel that it boots itself: the command line is all that is printed. */
const REAL_MODE_CODE = Buffer.from(
  [
    'fc', //                cld
    '66a12802', //          mov eax, [0x228]             cmd_line_ptr, a linear address
    '89c6', //              mov si, ax
    '83e60f', //            and si, 15
    '66c1e804', //          shr eax, 4
    '8ed8', //              mov ds, ax
    'ac', //        print:  lodsb
    '84c0', //              test al, al
    '7405', //              jz done
    'e80f00', //            call put
    'ebf6', //              jmp print
    'b00a', //      done:   mov al, 10
    'e80800', //            call put
    'e80500', //            call put
    'b0fe', //              mov al, 0xfe
    'e664', //              out 0x64, al                 reset by the keyboard controller
    'f4', //                hlt
    '88c4', //      put:    mov ah, al
    'bafd03', //            mov dx, 0x3fd
    'ec', //        wait:   in al, dx
    '2460', //              and al, 0x60
    '3c60', //              cmp al, 0x60
    '75f9', //              jne wait
    'baf803', //            mov dx, 0x3f8
    '88e0', //              mov al, ah
    'ee', //                out dx, al
    'c3', //                ret
  ].join(''),
  'hex',
);

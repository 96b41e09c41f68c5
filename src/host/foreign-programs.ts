import { arch as processArch } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Arch } from '../disk/layout.ts';
import type { Command } from './commands.ts';

/** How programs of an architecture are known, and what runs them elsewhere. */
export const PROGRAMS = {
  // e_machine of the ELF header (gABI, chapter 4), little-endian.
  amd64: { machine: 62, interpreter: 'qemu-x86_64-static' },
  arm64: { machine: 183, interpreter: 'qemu-aarch64-static' },
} as const;

/** Whether this host's processor cannot run programs of the architecture by itself. */
export function isForeign(arch: Arch): boolean {
  const own = processArch() === 'x64' ? 'amd64' : processArch();
  return arch !== own;
}

/**
 * Wraps a command that starts programs of an architecture, for `inNamespace`. It changes nothing on the host:
 * what the kernel is told holds in the namespace alone.
 */
export function withProgramsOf(arch: Arch, command: Command): Command {
  if (!isForeign(arch)) return command;
  const { machine, interpreter } = PROGRAMS[arch];
  const script = fileURLToPath(import.meta.resolve('#templates/run-foreign.sh'));
  return {
    ...command,
    tool: 'sh',
    args: [script, interpreter, magicOf(machine), MASK, command.tool, ...command.args],
  };
}

const bytes = (...values: readonly number[]): string =>
  values.map((value) => String.raw`\x${value.toString(16).padStart(2, '0')}`).join('');

/** The first 20 bytes of a 64-bit little-endian ELF file: identity, type (2 or 3: programs), machine. */
function magicOf(machine: number): string {
  return bytes(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array<number>(9).fill(0), 2, 0, machine, 0);
}

const MASK = bytes(
  ...Array<number>(7).fill(0xff),
  ...Array<number>(9).fill(0),
  0xfe,
  0xff,
  0xff,
  0xff,
);

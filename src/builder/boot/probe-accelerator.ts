import { access, constants, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Arch } from '../../disk/layout.ts';
import { isForeign } from '../../host/foreign-programs.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { endsWithUs } from './ends-with-us.ts';
import { planProbe } from './plan-probe.ts';

const LIMIT_MS = 20_000;

/**
 * KVM only where it really runs a guest: nested virtualisation often opens /dev/kvm and then fails at the first
 * instructions. KVM runs no guest of another architecture: there it is emulation without a question.
 */
export async function probeAccelerator(arch: Arch, signal: AbortSignal): Promise<'kvm' | 'tcg'> {
  if (isForeign(arch) || !(await canOpenKvm())) return 'tcg';
  return (await runsGuests(arch, 'kvm', signal)) ? 'kvm' : 'tcg';
}

async function canOpenKvm(): Promise<boolean> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a program of a few instructions runs to its end in a machine with this accelerator. */
export async function runsGuests(
  arch: Arch,
  accelerator: 'kvm' | 'tcg',
  signal: AbortSignal,
): Promise<boolean> {
  await using directory = await openScratch(tmpdir());
  const file = path.join(directory.path, 'program');
  const { program, command, exitCode, said } = planProbe(arch, accelerator, file);
  await writeFile(file, program);
  const { tool, args } = endsWithUs(command);
  // A machine that hangs is no error here, but an answer.
  const settings = { cancelSignal: signal, timeout: LIMIT_MS, reject: false } as const;
  const ended = await execa(tool, args, { ...settings, stdin: 'ignore' });
  signal.throwIfAborted();
  return ended.exitCode === exitCode && ended.stdout === said;
}

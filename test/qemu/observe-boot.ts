import type { BootAttempt } from '../../src/disk/grub-environment-decision.ts';
import type { QemuOptions } from '../../src/demo/qemu/machine-arguments.ts';
import { startQemu } from '../../src/demo/qemu/start-qemu.ts';

export interface ObservedBoot {
  /** What grub.cfg said, one line each, without its "kubeos: ". */
  readonly lines: readonly string[];
  readonly attempts: readonly BootAttempt[];
  /** The command line that a fake kernel was started with; undefined when GRUB found nothing to boot. */
  readonly commandLine: string | undefined;
}

type ObserveOptions = Pick<QemuOptions, 'firmware' | 'disks'>;

const TIMEOUT_MS = 900_000;
const END = /starting over|fake kernel ([^\n]*)\n/;

/** Boots a decision disk until a fake kernel runs or GRUB has tried everything. */
export async function observeBoot(options: ObserveOptions): Promise<ObservedBoot> {
  await takeTurn();
  try {
    return await bootOnce(options);
  } finally {
    giveTurn();
  }
}

async function bootOnce(options: ObserveOptions): Promise<ObservedBoot> {
  await using machine = await startQemu({
    ...options,
    memoryMiB: options.firmware === 'uefi' ? 256 : 64,
  });
  const [, commandLine] = await machine.waitFor(END, TIMEOUT_MS);
  const lines = linesOf(machine.serial());
  return { lines, attempts: lines.flatMap(attemptOf), commandLine: commandLine?.trim() };
}

/** Tests run side by side, their machines two at a time: more would only make each other slow. */
let free = 2;
const waiting: (() => void)[] = [];

async function takeTurn(): Promise<void> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

function giveTurn(): void {
  const next = waiting.shift();
  if (next === undefined) free += 1;
  else next();
}

/** Under UEFI the firmware's console is the serial line too, and every line comes twice. */
function linesOf(serial: string): string[] {
  return serial
    .split(/\r?\n|\r|(?=kubeos: )/)
    .filter((line) => line.startsWith('kubeos: '))
    .map((line) => line.slice('kubeos: '.length).trimEnd())
    .filter((line, index, all) => line !== all[index - 1]);
}

const ATTEMPT =
  /^(?:last resort: )?slot (?<slot>[AB]) (?<kind>is committed|on trial|without)(?:, (?<left>[012]) tries left)?/;

function attemptOf(line: string): BootAttempt[] {
  const { kind, slot: letter, left } = ATTEMPT.exec(line)?.groups ?? {};
  const slot = letter === 'B' ? 'B' : 'A';
  if (kind === 'is committed') return [{ kind: 'committed', slot }];
  if (kind === 'without') return [{ kind: 'last-resort', slot }];
  if (kind !== 'on trial') return [];
  return [{ kind: 'trial', slot, triesLeft: left === '2' ? 2 : left === '1' ? 1 : 0 }];
}

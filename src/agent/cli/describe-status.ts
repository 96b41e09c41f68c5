import type { CheckResult } from '../health/health-check.ts';
import type { Operation, OperationResult } from '../operations/operation.ts';
import { mib } from './describe-bytes.ts';
import { describeReport } from '../persist/data-report.ts';
import type { AgentStatus, SlotStatus } from '../status.ts';

/** What a person who was woken needs first: what runs, whether it is good, what the next boot is, what is wrong. */
export function describeStatus(status: AgentStatus): string {
  const { booted, next, slots, operation, last, failed, floor, trial, data } = status;
  const lines = [
    `slot ${booted} runs  ${releaseLine(slots[booted])}`,
    ...(['A', 'B'] as const).map((slot) => `  ${slot}  ${releaseLine(slots[slot])}`),
    ...(trial === null ? [] : trialLines(trial, status)),
    `next boot: slot ${next.slot}${next.isTrial ? ', on trial' : ''}`,
    ...(operation === null ? [] : [describeOperation(operation)]),
    ...(last?.error == null ? [] : [`last ${last.kind} failed: ${last.error.message}`]),
    ...failed.flatMap(({ digest, reason, lastLines }) => [
      `failed here: ${digest} (${reason.message})`,
      ...lastLines.map((line) => `    ${line}`),
    ]),
    ...watchdogLines(status.watchdog),
    ...(data === null ? [] : describeReport(data)),
    ...argumentLines(status.droppedArguments),
    ...grubLines(status.grub),
    ...(floor > 0 ? [`security floor: epoch ${floor}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function trialLines(
  { failing, commitsAt }: NonNullable<AgentStatus['trial']>,
  { booted, next, slots }: AgentStatus,
): readonly string[] {
  if (commitsAt === null) {
    return failing.map(({ name, message }) => `not healthy yet: ${name} ${message}`);
  }
  const held = `healthy: whoever activated it may commit it; commits by itself at ${commitsAt}`;
  if (next.slot === booted) return [held];
  // On its last try the other slot is next whether somebody has asked for it or not.
  if (slots[booted].triesLeft === 0) return [`${held}, unless the other slot was asked for`];
  return ['healthy: not committed while the other slot is next'];
}

/** What is not covered; nothing where a machine has all that it could have. */
function watchdogLines({ kind }: AgentStatus['watchdog']): readonly string[] {
  if (kind === 'hardware') return [];
  if (kind === 'none') return ['watchdog: none; a kernel that hangs has to be restarted by hand'];
  return ["watchdog: the kernel's own; a kernel whose timers stop has to be restarted by hand"];
}

function argumentLines(dropped: AgentStatus['droppedArguments']): string[] {
  if (dropped.length === 0) return [];
  return [
    `kernel arguments of this node left out, no boot with them was well: ${dropped.join(' ')}`,
  ];
}

function grubLines({ state, booted, message }: AgentStatus['grub']): string[] {
  return state === 'current' ? [] : [`GRUB ${booted ?? 'of no known version'}: ${message}`];
}

function releaseLine({ state, release, triesLeft }: SlotStatus): string {
  const tries = triesLeft === null || state !== 'trial' ? '' : `, ${triesLeft} boots left`;
  if (release === null) return state;
  const trust = release.unsigned === true ? '  unsigned, without verity' : '';
  return `${release.version}  ${state}${tries}  ${release.digest}${trust}`;
}

export function describeOperation({
  kind,
  phase,
  progress,
  bytesTransferred,
  etaSeconds,
}: Operation): string {
  const share = progress === null ? '' : ` ${tenthOf(progress) * 10} %`;
  if (phase !== 'writing') return `${kind}: ${phase}${share}`;
  const fetched = bytesTransferred === 0 ? '' : `, ${mib(bytesTransferred)} fetched`;
  const left = etaSeconds === null ? '' : `, about ${roughly(etaSeconds)} left`;
  return `${kind}: ${phase}${share}${fetched}${left}`;
}

/** Whole tenths of the blocks that are done. */
export const tenthOf = ({ blocks, blocksDone }: NonNullable<Operation['progress']>): number =>
  Math.floor((10 * blocksDone) / blocks);

export function describeResult({ kind, outcome, error, transfer }: OperationResult): string {
  if (error !== null) return `${kind} ${outcome}: ${error.message}`;
  const moved =
    transfer === null ? '' : `, ${mib(transfer.bytesTransferred)} fetched (${transfer.how})`;
  return `${kind} ${outcome}${moved}`;
}

function roughly(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

export function describeHealth(results: readonly CheckResult[]): string {
  return results
    .map(({ name, isGood, isRequired, message }) => {
      const bad = isRequired ? 'BAD' : 'bad (advisory)';
      return `${name.padEnd(20)} ${isGood ? 'good' : bad}  ${message}\n`;
    })
    .join('');
}

import type { CheckResult } from '../health/health-check.ts';
import type { Operation } from '../operation-queue.ts';
import type { AgentStatus, SlotStatus } from '../status.ts';

/** What a person who was woken needs first: what runs, whether it is good, what the next boot is, what is wrong. */
export function describeStatus(status: AgentStatus): string {
  const { booted, next, slots, operation, last, failed, floor, trial } = status;
  const lines = [
    `slot ${booted} runs  ${releaseLine(slots[booted])}`,
    ...(['A', 'B'] as const).map((slot) => `  ${slot}  ${releaseLine(slots[slot])}`),
    ...(trial?.failing ?? []).map(({ name, message }) => `not healthy yet: ${name} ${message}`),
    `next boot: slot ${next.slot}${next.isTrial ? ', on trial' : ''}`,
    ...(operation === null ? [] : [describeOperation(operation)]),
    ...(last?.error == null ? [] : [`last ${last.kind} failed: ${last.error.message}`]),
    ...failed.map(({ digest, reason }) => `failed here: ${digest} (${reason.message})`),
    ...(floor > 0 ? [`security floor: epoch ${floor}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function releaseLine({ state, release, triesLeft }: SlotStatus): string {
  const tries = triesLeft === null || state !== 'trial' ? '' : `, ${triesLeft} boots left`;
  if (release === null) return state;
  return `${release.version}  ${state}${tries}  ${release.digest}`;
}

export function describeOperation({ kind, phase, progress, bytesTransferred }: Operation): string {
  const tenth = progress === null ? 0 : Math.floor((10 * progress.blocksDone) / progress.blocks);
  const share = progress === null ? '' : ` ${tenth * 10} %`;
  const fetched =
    bytesTransferred === 0 ? '' : `, ${(bytesTransferred / 2 ** 20).toFixed(1)} MiB fetched`;
  return `${kind}: ${phase}${share}${phase === 'writing' ? fetched : ''}`;
}

export function describeHealth(results: readonly CheckResult[]): string {
  return results
    .map(({ name, isGood, isRequired, message }) => {
      const bad = isRequired ? 'BAD' : 'bad (advisory)';
      return `${name.padEnd(20)} ${isGood ? 'good' : bad}  ${message}\n`;
    })
    .join('');
}

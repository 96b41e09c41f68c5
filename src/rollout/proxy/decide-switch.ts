import type { AgentStatus, SlotStatus } from '../../agent/status.ts';
import { askFor, failing } from './ask-agent-for.ts';
import { reporting, saying, type RunDecision, type RunView } from './run-view.ts';

/** The target does not run yet, or does not run any more. */
export function decideSwitch(view: RunView): RunDecision {
  const { run, agent } = view;
  const instead = afterRestart(view) ?? keptFromIt(view);
  if (instead !== null) return instead;
  if (!isHeld(view)) return fetchUnlessBack(view);
  if (run.allowed !== 'activate') return saying(reporting(view, 'prepared'));
  if (agent.next.slot === agent.booted) {
    return askFor(view, goesBack(view) ? 'rollback' : 'activate', 'activating');
  }
  return isRestartWritten(view)
    ? askFor(view, 'reboot', 'rebooting')
    : saying(reporting(view, 'rebooting', { rebootedFrom: agent.bootId }));
}

/** What goes on is waited for, and what the agent would refuse is not begun. */
function keptFromIt(view: RunView): RunDecision | null {
  const { operation, trial } = view.agent;
  if (operation !== null) return underWay(view, operation);
  return trial !== null && !goesBack(view) ? untilTried(view) : belowFloor(view);
}

/** A way back leads to what the node has, and to nothing that it would have to fetch. */
function fetchUnlessBack(view: RunView): RunDecision {
  const { goesBack, target } = view.run;
  if (goesBack !== true) return askFor(view, 'prepare', 'preparing');
  const message = `the other slot does not hold ${target.version} (${target.digest}), recorded good`;
  return failing(view, { code: 'REFUSED', message });
}

/** The agent would refuse the switch, which comes after the drain. */
function belowFloor(view: RunView): RunDecision | null {
  const { run, agent } = view;
  const { release } = standbyOf(agent);
  if (release?.digest !== run.target.digest || release.epoch >= agent.floor) return null;
  const message = `epoch ${release.epoch} is below this node's security floor ${agent.floor}`;
  return failing(view, { code: 'REFUSED', message });
}

/** Before the node goes down it is known to the cluster why, and so it does not go down twice for the same. */
const isRestartWritten = ({ reported, agent }: RunView): boolean =>
  reported?.phase === 'rebooting' && reported.rebootedFrom === agent.bootId;

/** The node was restarted for this run, and something else than the target came up. */
function afterRestart(view: RunView): RunDecision | null {
  const { run, reported, agent } = view;
  const failure = agent.failed.find(({ digest }) => digest === run.target.digest);
  const wasRestarted = isNewBoot(reported?.rebootedFrom, agent);
  // Where what was written is lost: the node did restart, and would not have had to for anything else.
  // A release that is only written has not been tried again since the failure that is remembered.
  const isUntried = standbyOf(agent).state === 'written';
  const isLikely = run.allowed === 'activate' && isNewBoot(run.bootId, agent) && !isUntried;
  if (failure !== undefined && (wasRestarted || isLikely)) return fellBack(view, failure);
  if (!wasRestarted) return null;
  if (reported?.phase === 'fell-back') return saying(reported);
  const message = `the node was restarted, and slot ${agent.booted} came up again: GRUB took it, or somebody took the order back`;
  return failing(view, { code: 'NOT_LOADED', message });
}

const isNewBoot = (before: string | undefined, { bootId }: AgentStatus): boolean =>
  before !== undefined && before !== bootId;

function fellBack(
  view: RunView,
  { reason, lastLines }: AgentStatus['failed'][number],
): RunDecision {
  const lines = lastLines.length === 0 ? {} : { lastLines: [...lastLines] };
  return saying(reporting(view, 'fell-back', { ...reason, ...lines }));
}

type Operation = NonNullable<AgentStatus['operation']>;

function underWay(view: RunView, { kind, release, phase, progress, etaSeconds }: Operation) {
  const { run, reported } = view;
  if (kind !== 'prepare' || release !== run.target.digest) {
    const message = `waits for the end of ${kind}`;
    return saying(reporting(view, reported?.phase ?? 'preparing', { message }));
  }
  if (progress === null) return saying(reporting(view, 'preparing', { message: phase }));
  const percent = Math.floor((100 * progress.blocksDone) / Math.max(progress.blocks, 1));
  const eta = etaSeconds === null ? {} : { etaSeconds };
  const more = { message: phase, progress: { percent, ...eta } };
  return saying(reporting(view, 'preparing', more));
}

/** Something else is on trial, by the run before or by hand: the other slot is its way back, and is not written before its end. */
function untilTried(view: RunView): RunDecision {
  const { reported, agent } = view;
  const { version = 'what runs' } = agent.slots[agent.booted].release ?? {};
  const message = `waits for the end of the trial of ${version}`;
  return saying(reporting(view, reported?.phase ?? 'preparing', { message }));
}

const standbyOf = ({ slots, booted }: AgentStatus): SlotStatus => slots[booted === 'A' ? 'B' : 'A'];

/** Whether the other slot holds the target, and may be switched to. */
function isHeld(view: RunView): boolean {
  const { run, agent } = view;
  const { state, release } = standbyOf(agent);
  if (release?.digest !== run.target.digest) return false;
  if (state === 'written' || state === 'trial' || goesBack(view)) return true;
  // Good some time ago: the agent looks at it before anything is drained for it.
  return state === 'good' && wasPreparedJustNow(agent, run.target.digest);
}

/** What was committed once is only to be started again, and needs no server for that; the agent verifies it first. */
function goesBack({ run, agent }: RunView): boolean {
  const { state, release } = standbyOf(agent);
  if (run.goesBack === true) return state === 'good' && release?.digest === run.target.digest;
  return run.kind === 'rollback' && (state === 'good' || state === 'unknown');
}

const wasPreparedJustNow = ({ last }: AgentStatus, digest: string): boolean =>
  last?.kind === 'prepare' && last.release === digest && last.outcome === 'done';

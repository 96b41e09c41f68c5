import { setTimeout as sleep } from 'node:timers/promises';
import type { SlotRecord } from '../../disk/slot-records.ts';
import { KubeosError } from '../../errors.ts';
import type { Agent } from '../agent.ts';
import type { AgentHost } from '../agent-host.ts';
import { findArgumentTrial, withArguments } from '../configure/argument-trial.ts';
import { connectUnit } from '../connect-unit.ts';
import { restartFromTrial } from '../restart-machine.ts';
import { startWhenFree } from '../start-when-free.ts';
import { gateLimits } from './gate-limits.ts';
import { readHealthPolicy } from './health-policy.ts';
import { markTrial } from './mark-trial.ts';
import { passTrial } from './pass-trial.ts';
import { remoteLook } from './remote-look.ts';

/** Longer than any check may take: a look that does not end is a check that failed. */
const LOOK_MS = 120_000;

/**
 * Watches over a release on trial, kernel arguments of this node, or both, until they were committed, refused, or the agent
 * is told to end.
 */
export async function judgeTrial(
  agent: Agent,
  host: AgentHost,
  { state, holdSeconds = 0 }: Pick<SlotRecord, 'state' | 'holdSeconds'>,
): Promise<void> {
  const { log, places, run, signal } = host;
  const isReleaseOnTrial = state === 'trial';
  const isOnTrial = async (): Promise<boolean> => (await agent.status()).trial !== null;
  const argumentTrial = await findArgumentTrial(places);
  if (!isReleaseOnTrial && argumentTrial === null) return;
  // On its last try the other slot is next all the same, and nobody has asked for it.
  const { next: before } = await agent.status();
  const isLeft = async (): Promise<boolean> => {
    const { booted, next } = await agent.status();
    return before.slot === booted && next.slot !== booted;
  };
  using look = remoteLook(async () => await connectUnit(places.health), LOOK_MS);
  signal.addEventListener('abort', () => look[Symbol.dispose](), { once: true });
  const wait = async (ms: number): Promise<void> => await sleep(ms, undefined, { signal });
  const limits = gateLimits(await readHealthPolicy(places.healthPolicy));
  const trial = passTrial({
    ...{ look, limits, log, time: { now: () => performance.now(), wait } },
    onRound: (failing) => agent.noteTrial(failing),
    ...withArguments(argumentTrial, {
      isOnTrial,
      commit: async () => await commitUnlessLeft(agent, signal),
      refuse: async (reason) => await startWhenFree(agent, () => agent.refuseTrial(reason), signal),
    }),
    restart: async () => await restartFromTrial(run),
    hold: async () => await markTrial(places.trial, 'verdict'),
    held: {
      forMs: isReleaseOnTrial ? holdSeconds * 1000 : 0,
      ...{ isHeld: isOnTrial, isLeft },
      onHeld: () => agent.noteTrial([], secondsLater(host.clock(), holdSeconds)),
    },
  });
  await trial.catch((error: unknown) => {
    // An agent that is told to end leaves the trial to the next one.
    if (!signal.aborted) throw error;
  });
}

/** @returns false where somebody has asked for the other slot since it was held, or while it waited for its turn */
async function commitUnlessLeft(agent: Agent, signal: AbortSignal): Promise<boolean> {
  try {
    await startWhenFree(agent, () => agent.commit({ takesBack: false }), signal);
    return true;
  } catch (error) {
    if (error instanceof KubeosError && error.code === 'REFUSED') return false;
    throw error;
  }
}

const secondsLater = (now: Date, seconds: number): string =>
  new Date(now.getTime() + seconds * 1000).toISOString();

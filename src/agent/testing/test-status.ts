import type { AgentStatus } from '../status.ts';

/** What an agent says that runs 1.0.0 in slot A, and has nothing in the other. */
export function testStatus(change: Partial<AgentStatus>): AgentStatus {
  const since = '2026-01-01T00:00:00Z';
  const release = {
    ...{ version: '1.0.0', digest: `sha256:${'1'.repeat(64)}` },
    epoch: 1,
    securityFloor: 0,
  };
  const none = { booted: null, first: null, second: null, release: null };
  return {
    ...{ agentVersion: '0.1.0', booted: 'A', bootId: 'boot', failed: [], floor: 0, trial: null },
    ...{ next: { slot: 'A', isTrial: false }, operation: null, last: null, data: null },
    slots: {
      A: { state: 'good', release: { ...release, image: null }, since, triesLeft: null },
      B: { state: 'empty', release: null, since, triesLeft: 0 },
    },
    watchdog: { kind: 'none', name: null, isArmed: false },
    droppedArguments: [],
    grub: { ...none, state: 'not-brought', message: '' },
    ...change,
  };
}

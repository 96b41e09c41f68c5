import { setInterval } from 'node:timers/promises';
import type { AskApi } from '../cluster/ask-api.ts';

export interface Beating extends AsyncDisposable {
  readonly onBoot: (bootId: string) => Promise<void>;
}

/** What kubelet of this node says at each start, and from then on every 10 s: a cluster believes it for 50. */
export function beating(ask: AskApi, name: string, more: object = {}): Beating {
  const ended = new AbortController();
  let booted = { bootID: '', lastTransitionTime: '' };
  const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;
  const beat = async (): Promise<void> => {
    const { bootID, lastTransitionTime } = booted;
    const times = { lastHeartbeatTime: now(), lastTransitionTime };
    const ready = { type: 'Ready', status: 'True', reason: 'Kubelet', message: '', ...times };
    const status = { nodeInfo: { bootID }, conditions: [ready], ...more };
    await ask('PATCH', `/api/v1/nodes/${name}/status`, { status });
  };
  const living = (async () => {
    for await (const _ of setInterval(10_000, undefined, { signal: ended.signal })) {
      if (booted.bootID !== '') await beat();
    }
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  return {
    onBoot: async (bootID) => {
      booted = { bootID, lastTransitionTime: now() };
      await beat();
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await living;
    },
  };
}

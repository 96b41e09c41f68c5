import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../kube/kube-api.ts';
import { Bell } from '../bell.ts';
import type { OsPlace } from '../client/os-objects.ts';
import { connectionThrough } from './connection-to.ts';
import { SshHands, type SshRule } from './ssh-hands.ts';
import { watchServed } from './watch-served.ts';

export interface SshHandsOptions {
  /** Whose nodes are served. */
  readonly os: OsPlace;
  readonly rule: SshRule;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** After each look: names of nodes on which something is under way. */
  readonly onLook: (underWay: readonly string[]) => void;
}

/** What comes together is looked at together. */
const SETTLE_MS = 50;
/** While hands are open, they rest or are away for longer and longer; that costs no request. */
const TICK_MS = 2000;

/** The proxies' part for nodes without a proxy, until the signal. What it was ended in, the next one goes on with. */
export async function runSshHands(api: KubeApi, options: SshHandsOptions): Promise<void> {
  const { os, rule, log, signal, onLook } = options;
  await using undo = new AsyncDisposableStack();
  const bell = new Bell();
  const onChange = (): void => bell.ring();
  const whoToRing: { ring(): void }[] = [bell];
  const ringAll = (): void => {
    for (const one of whoToRing) one.ring();
  };
  const watched = await watchServed(api, os, { onChange: ringAll, onTrouble: log, signal });
  const through = connectionThrough(rule.jumps, undo);
  const hands = undo.use(new SshHands({ api, rule, through, watched, log, onChange }));
  whoToRing.push(hands);
  while (!signal.aborted) {
    onLook(await hands.pass());
    await bell.rung(signal, hands.hasOpen ? TICK_MS : null);
    await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
  }
  await undo.disposeAsync();
  await watched.ended;
}

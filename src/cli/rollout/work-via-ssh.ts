import type { KubeApi } from '../../kube/kube-api.ts';
import { Bell } from '../../rollout/bell.ts';
import { assertRights } from '../../rollout/client/assert-rights.ts';
import type { OsPlace } from '../../rollout/client/os-objects.ts';
import { NEEDED_RIGHTS, RIGHTS_HINT } from '../../rollout/ssh/needed-rights.ts';
import { runSshHands } from '../../rollout/ssh/run-ssh-hands.ts';
import type { SshRule } from '../../rollout/ssh/ssh-hands.ts';

interface Told {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The proxies' part, inside of a command. */
export interface SshWork {
  /** Until the signal. */
  readonly work: (told: Told) => Promise<void>;
  /** Until on no node of the object anything is under way any more, or the signal. */
  readonly finish: (told: Told) => Promise<void>;
}

/** @throws KubeosError CLUSTER where the caller lacks rights for it */
export async function workViaSsh(api: KubeApi, os: OsPlace, rule: SshRule): Promise<SshWork> {
  await assertRights(api, NEEDED_RIGHTS, { hint: RIGHTS_HINT });
  const bell = new Bell();
  let underWay: readonly string[] = [];
  const onLook = (names: readonly string[]): void => {
    underWay = names;
    bell.ring();
  };
  return {
    work: async (told) => await runSshHands(api, { os, rule, onLook, ...told }),
    finish: async ({ log, signal }) => {
      if (underWay.length > 0) log(`brings to its end what was begun on ${underWay.join(', ')}`);
      while (underWay.length > 0 && !signal.aborted) await bell.rung(signal, null);
    },
  };
}

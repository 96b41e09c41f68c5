import { startKubeosProcess, type Kill, type KubeosProcess } from './kubeos-process.ts';

/** `kubeos operator`, as a process that is started again when it has ended, as kubelet does with a container. */
export interface KeptOperator {
  /** How often it was killed. */
  readonly kills: () => number;
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

/** @param killOf the n-th process, counted from 0; of which write it does not survive */
export function keepOperator(
  kubeconfig: string,
  killOf: (process: number) => Kill | undefined,
): KeptOperator {
  const started: KubeosProcess[] = [];
  let kills = 0;
  const over = new AbortController();
  // The name of its pod stays: the lease is still its own.
  const command = ['operator', '--namespace', 'default', '--identity', 'operator-0'];
  const live = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const kill = killOf(started.length);
      const one = startKubeosProcess([...command, '--kubeconfig', kubeconfig], { kill });
      started.push(one);
      if ((await one.ended) === 'SIGKILL') kills += 1;
    }
  };
  const living = live();
  return {
    kills: () => kills,
    said: () => started.map((one) => one.said()).join('--\n'),
    stop: async () => {
      over.abort();
      await started.at(-1)?.stop();
      await living;
    },
  };
}

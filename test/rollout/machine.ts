import { setTimeout as pause } from 'node:timers/promises';
import type { FileScene } from '../agent/file-scene.ts';
import { startDaemon, type Daemon } from '../agent/run-daemon.ts';
import type { Kill, KubeosProcess } from './kubeos-process.ts';
import { startProxyProcess, type ProxyOptions } from './proxy-process.ts';

export interface MachineOptions {
  readonly scene: FileScene;
  /** None on a node that is reached otherwise. */
  readonly proxy?: ProxyOptions;
  /** What the first proxy of a boot, counted from 0, does not survive. */
  readonly kill?: Kill & { readonly boot: number };
  /** What kubelet does at each start. */
  readonly onBoot?: (bootId: string) => Promise<void>;
  /** The first agent does not survive so many of its writes. */
  readonly killAgentAt?: number;
}

/** A node that is on: its agent and its proxy are processes, started again as systemd and kubelet do, and it restarts when the agent says so. */
export interface Machine extends AsyncDisposable {
  /** Slots that came up after a restart. */
  readonly restarts: readonly string[];
  /** How proxies ended by themselves. */
  readonly endedProxies: readonly (NodeJS.Signals | number | null)[];
  /** What all agents and proxies said. */
  readonly said: () => string;
}

export function startMachine(options: MachineOptions): Machine {
  const off = new AbortController();
  const machine = new RunningMachine(options, off.signal);
  const living = machine.live();
  return Object.assign(machine, {
    async [Symbol.asyncDispose]() {
      off.abort();
      await living;
    },
  });
}

class RunningMachine {
  readonly restarts: string[] = [];
  readonly endedProxies: (NodeJS.Signals | number | null)[] = [];
  readonly #options: MachineOptions;
  readonly #off: AbortSignal;
  #agents: Daemon[] = [];
  #proxies: KubeosProcess[] = [];

  constructor(options: MachineOptions, off: AbortSignal) {
    this.#options = options;
    this.#off = off;
  }

  readonly said = (): string =>
    [...this.#agents, ...this.#proxies].map((one) => one.said()).join('\n--\n');

  async live(): Promise<void> {
    const { scene, onBoot } = this.#options;
    while (!this.#off.aborted) {
      await onBoot?.(await scene.node.bootId());
      await this.#untilRestart();
      if (!this.#off.aborted) this.restarts.push((await scene.node.boot()).slot);
    }
  }

  /** Until an agent of this boot wants it, or the machine is off. */
  async #untilRestart(): Promise<void> {
    const over = new AbortController();
    const firstAgent = this.#agents.length;
    const kept = [this.#keepAgent(over.signal), this.#keepProxy(over.signal)];
    const wantsRestart = (): boolean =>
      this.#agents.slice(firstAgent).some((agent) => agent.said().includes('runs systemctl'));
    while (!this.#off.aborted && !wantsRestart()) await pause(20);
    over.abort();
    await Promise.all(kept);
  }

  async #keepAgent(over: AbortSignal): Promise<void> {
    const { scene, killAgentAt = 0 } = this.#options;
    while (!over.aborted) {
      const killAt = this.#agents.length === 0 ? killAgentAt : 0;
      const agent = startDaemon(scene.node, { directory: scene.directory, killAt });
      this.#agents.push(agent);
      await Promise.race([agent.ended, aborted(over)]);
      await agent.stop();
    }
  }

  async #keepProxy(over: AbortSignal): Promise<void> {
    const { proxy, kill } = this.#options;
    if (proxy === undefined) {
      await aborted(over);
      return;
    }
    let isFirst = true;
    while (!over.aborted) {
      const isKilled = isFirst && kill?.boot === this.restarts.length;
      const started = startProxyProcess(isKilled ? { ...proxy, kill } : proxy);
      isFirst = false;
      this.#proxies.push(started);
      const how = await Promise.race([started.ended, aborted(over)]);
      if (!over.aborted) this.endedProxies.push(how ?? null);
      await started.stop();
    }
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

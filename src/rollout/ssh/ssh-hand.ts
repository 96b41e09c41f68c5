import type { AgentStatus } from '../../agent/status.ts';
import type { LastingConnection } from '../../host/ssh/lasting-connection.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { Watched } from '../../kube/watch-resource.ts';
import type { OsInstance } from '../api/os-instance.ts';
import { Bell } from '../bell.ts';
import { workOnNode, type Look } from '../proxy/work-on-node.ts';
import type { OpenHand } from './plan-hands.ts';
import type { SshNode } from './ssh-node.ts';
import { openTunnel } from './tunnel-to-agent.ts';

export interface HandParts {
  /** As it was observed last; null where it is gone. */
  readonly node: () => SshNode | null;
  readonly name: string;
  readonly uid: string;
  readonly connection: LastingConnection;
  /** Of the agent, on the node. */
  readonly remoteSocket: string;
  readonly instances: Pick<Watched<OsInstance>, 'objects' | 'remember'>;
  readonly log: (line: string) => void;
  /** It is away, rests, works again, or has failed. */
  readonly onChange: () => void;
}

/** The proxy's part for one node, by its agent over SSH. */
export class SshHand {
  readonly #parts: HandParts;
  readonly #bell = new Bell();
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  #restingSinceMs: number | null = null;
  #awaySinceMs: number | null = performance.now();
  #trouble: string | null = null;
  #isProven = false;
  #failure: { readonly error: unknown } | null = null;
  #said = '';

  constructor(api: KubeApi, parts: HandParts) {
    this.#parts = parts;
    this.#ended = this.#work(api)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(parts.onChange);
  }

  get view(): OpenHand {
    const since = (ms: number | null): number => (ms === null ? 0 : performance.now() - ms);
    return { restingMs: since(this.#restingSinceMs), awayMs: since(this.#awaySinceMs) };
  }

  /** The OSInstance, or the Node, may be another one. */
  ring(): void {
    this.#bell.ring();
  }

  /** @throws what no proxy survives: a bug, or no room for a socket */
  assertWorks(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#ended;
  }

  async #work(api: KubeApi): Promise<void> {
    const { name, uid, connection, remoteSocket, instances } = this.#parts;
    using _ = connection;
    await using tunnel = await openTunnel(connection, {
      remoteSocket,
      onTrouble: ({ message, hint }) => {
        this.#trouble = hint === undefined ? message : `${message}: ${hint}`;
      },
    });
    await workOnNode(api, {
      ...{ nodeName: name, nodeUid: uid, socket: tunnel.socket, instances, bell: this.#bell },
      ...{ log: (line) => this.#log(line), signal: this.#over.signal },
      refusedBecause: (status) => this.#refusedBecause(status),
      awayBecause: () => this.#trouble,
      onLook: (look) => this.#look(look),
    });
  }

  #look({ hasAgent, isAtRest }: Look): void {
    const nowMs = performance.now();
    const [wasAway, wasResting] = [this.#awaySinceMs, this.#restingSinceMs];
    if (hasAgent) this.#trouble = null;
    this.#awaySinceMs = hasAgent ? null : (wasAway ?? nowMs);
    this.#restingSinceMs = hasAgent && isAtRest ? (wasResting ?? nowMs) : null;
    const isOther = this.#awaySinceMs !== wasAway || this.#restingSinceMs !== wasResting;
    if (isOther) this.#parts.onChange();
  }

  /**
   * A host key proves who answers at an address, and nothing that the address is this node's. Its kubelet tells the cluster
   * which boot runs; that the two agree is seen once, since after a restart the agent is the first to be there.
   */
  #refusedBecause({ bootId }: AgentStatus): string | null {
    const { node, name } = this.#parts;
    const known = node()?.status.nodeInfo.bootID ?? '';
    this.#isProven ||= bootId === known;
    if (this.#isProven) return null;
    const why = `the machine that answers is not known to be ${name}: it runs in boot ${bootId}, and the kubelet of ${name} says ${known || 'none'}`;
    this.#log(why);
    return why;
  }

  /** What is tried again and again is said once. */
  #log(line: string): void {
    if (line !== this.#said) this.#parts.log(`${this.#parts.name}: ${line}`);
    this.#said = line;
  }
}

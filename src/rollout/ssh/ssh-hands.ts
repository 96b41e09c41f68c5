import type { SshLogin } from '../../host/ssh/connect-ssh.ts';
import type { LastingConnection } from '../../host/ssh/lasting-connection.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { connectionTo } from './connection-to.ts';
import { hasWork } from './has-work.ts';
import { planHands, type HandView } from './plan-hands.ts';
import { isBegunBy, servedNodes } from './served-nodes.ts';
import { SshHand } from './ssh-hand.ts';
import {
  addressOf,
  SSH_ADDRESS,
  type AddressSource,
  type NodeAddress,
  type SshNode,
} from './ssh-node.ts';
import { proxiedNodes, type ServedWatch } from './watch-served.ts';

/** How the nodes of a cluster are reached. */
export interface SshRule {
  readonly addressFrom: AddressSource;
  /** Asked for each connection: a host key that becomes known meanwhile is known. */
  readonly loginAt: (address: NodeAddress) => Promise<SshLogin>;
  /** Hosts on the way, in their order. */
  readonly jumps: readonly SshLogin[];
  /** Of the agent, on every node. */
  readonly remoteSocket: string;
  /** So many connections at once. */
  readonly atOnce: number;
}

export interface HandsParts {
  readonly api: KubeApi;
  readonly rule: Omit<SshRule, 'jumps'>;
  /** Of the last of them; null for none. */
  readonly through: LastingConnection | null;
  readonly watched: Omit<ServedWatch, 'ended'>;
  readonly log: (line: string) => void;
  readonly onChange: () => void;
}

interface Opened {
  readonly hand: SshHand;
  /** Another machine, or another way to it, is another hand. */
  readonly key: string;
}

/** The hands of all nodes that need one now. */
export class SshHands implements AsyncDisposable {
  readonly #parts: HandsParts;
  readonly #opened = new Map<string, Opened>();
  /** Machines whose agents have said something to this process. */
  readonly #visited = new Set<string>();
  readonly #turns = new Map<string, number>();
  #turn = 0;
  readonly #withoutAddress = new Set<string>();

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /** One look: opens and closes. @returns names of nodes of the object on which something is under way */
  async pass(): Promise<readonly string[]> {
    for (const { hand } of this.#opened.values()) hand.assertWorks();
    const served = this.#served();
    const keys = new Map(served.map(({ node, key }) => [node.metadata.name, key]));
    const left = [...this.#opened].filter(([name, { key }]) => keys.get(name) !== key);
    await this.#close(left.map(([name]) => name));
    const views = served.map((one) => this.#viewOf(one));
    const plan = planHands(views, this.#parts.rule.atOnce);
    await this.#close(plan.close);
    for (const one of served) if (plan.open.includes(one.node.metadata.name)) this.#open(one);
    return this.#underWay();
  }

  get hasOpen(): boolean {
    return this.#opened.size > 0;
  }

  /** Something in the cluster has changed. */
  ring(): void {
    for (const { hand } of this.#opened.values()) hand.ring();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close([...this.#opened.keys()]);
  }

  #served(): readonly ServedNode[] {
    const { watched } = this.#parts;
    const [os] = watched.osObjects.objects.values();
    if (os === undefined) return [];
    const nodes = servedNodes({
      ...{ os, nodes: [...watched.nodes.objects.values()] },
      ...{ instances: watched.instances.objects, proxied: proxiedNodes(watched) },
    });
    return nodes.flatMap((node) => this.#withAddress(node));
  }

  #withAddress(node: SshNode): readonly ServedNode[] {
    const { addressFrom } = this.#parts.rule;
    const { name, uid } = node.metadata;
    const address = addressOf(node, addressFrom);
    if (address !== null) return [{ node, address, key: `${uid} ${JSON.stringify(address)}` }];
    const source =
      addressFrom === 'annotation' ? `annotation ${SSH_ADDRESS}` : `address of type ${addressFrom}`;
    if (!this.#withoutAddress.has(name)) {
      this.#parts.log(`${name}: has no ${source}: --ssh-address-from says where else it stands`);
    }
    this.#withoutAddress.add(name);
    return [];
  }

  #viewOf({ node, key }: ServedNode): HandView {
    const { name } = node.metadata;
    const instance = this.#parts.watched.instances.objects.get(name);
    const open = this.#opened.get(name)?.hand.view ?? null;
    if (open !== null && open.restingMs > 0) this.#visited.add(key);
    return {
      ...{ name, open, turn: this.#turns.get(name) ?? 0 },
      hasWork: instance !== undefined && (!this.#visited.has(key) || hasWork(instance)),
      hasRun: (instance?.spec.run ?? null) !== null,
    };
  }

  #underWay(): readonly string[] {
    const { osObjects, instances } = this.#parts.watched;
    const [os] = osObjects.objects.values();
    if (os === undefined) return [];
    return [...instances.objects].filter(([, one]) => isBegunBy(os, one)).map(([name]) => name);
  }

  #open({ node, address, key }: ServedNode): void {
    const { api, rule, through, watched, log, onChange } = this.#parts;
    const { name, uid } = node.metadata;
    const hand = new SshHand(api, {
      ...{ name, uid, log, onChange, instances: watched.instances },
      node: () => watched.nodes.objects.get(name) ?? null,
      connection: connectionTo(async () => await rule.loginAt(address), through),
      remoteSocket: rule.remoteSocket,
    });
    this.#opened.set(name, { hand, key });
  }

  async #close(names: readonly string[]): Promise<void> {
    const closing = names.map(async (name) => {
      await this.#opened.get(name)?.hand.close();
      this.#opened.delete(name);
      this.#turn += 1;
      this.#turns.set(name, this.#turn);
    });
    await Promise.all(closing);
  }
}

interface ServedNode {
  readonly node: SshNode;
  readonly address: NodeAddress;
  readonly key: string;
}

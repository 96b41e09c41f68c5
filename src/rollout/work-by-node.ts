/** What goes on for one node. */
export interface NodeWork<Order> {
  readonly ended: Promise<unknown>;
  /** Goes on by another order. */
  readonly follow?: (order: Order) => void;
}

/** What work for one node is given. */
export interface WorkPlace<Report> {
  readonly signal: AbortSignal;
  /** Says what is to be known of it; nothing once it was ended. */
  readonly report: (report: Report) => void;
}

type Start<Order, Report, Work> = (node: string, order: Order, place: WorkPlace<Report>) => Work;

/** Work for each node that is meant, and for no other; what it reported last is known for as long as it goes on. */
export class WorkByNode<
  Order,
  Report,
  Work extends NodeWork<Order> = NodeWork<Order>,
> implements AsyncDisposable {
  readonly #start: Start<Order, Report, Work>;
  readonly #running = new Map<
    string,
    { readonly controller: AbortController; readonly work: Work }
  >();
  readonly #reports = new Map<string, Report>();

  constructor(start: Start<Order, Report, Work>) {
    this.#start = start;
  }

  get reports(): ReadonlyMap<string, Report> {
    return this.#reports;
  }

  get works(): readonly Work[] {
    return [...this.#running.values()].map(({ work }) => work);
  }

  of(node: string): Work | undefined {
    return this.#running.get(node)?.work;
  }

  /** From now on it goes on for these nodes, and for no others. */
  keep(nodes: ReadonlyMap<string, Order>): void {
    for (const [node, { controller }] of this.#running) {
      if (nodes.has(node)) continue;
      controller.abort();
      this.#running.delete(node);
      this.#reports.delete(node);
    }
    for (const [node, order] of nodes) {
      const running = this.#running.get(node);
      if (running === undefined) this.#begin(node, order);
      else running.work.follow?.(order);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.works.map((work) => work.ended);
    this.keep(new Map());
    await Promise.all(ended);
  }

  #begin(node: string, order: Order): void {
    const controller = new AbortController();
    const { signal } = controller;
    const report = (said: Report): void => {
      if (!signal.aborted) this.#reports.set(node, said);
    };
    this.#running.set(node, { controller, work: this.#start(node, order, { signal, report }) });
  }
}

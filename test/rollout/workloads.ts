interface Pinned {
  readonly name: string;
  /** Label that one node has: its pods run there, or nowhere. */
  readonly only: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly replicas?: number;
}

/** A Deployment whose pods have no other node to go to. */
export const pinned = ({ name, only, finalizers = [], replicas = 1 }: Pinned): object => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
  spec: {
    ...{ replicas, selector: { matchLabels: { app: name } } },
    template: {
      metadata: { labels: { app: name }, finalizers },
      spec: { nodeSelector: only, containers: [{ name: 'c', image: 'example.com/c' }] },
    },
  },
});

/** At least so many pods of a workload have to be there. */
export const budgetFor = (app: string, minAvailable: number, name = app): object => ({
  ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name } },
  spec: { minAvailable, selector: { matchLabels: { app } } },
});

import type { ErrorPage } from './error-page.ts';

/** Why the operator ended the run of a node. No command ends with these codes, and no node says them. */
export const RUN_PAGES = {
  DRAIN_BLOCKED: {
    means: 'The pods or volumes of a node did not leave it in time, and it was not upgraded.',
    leaves: 'The node runs what it ran, and takes pods again. Pods that have left stay away.',
    from: [],
    says: [
      {
        message: 'DRAIN_BLOCKED: not by force either, …',
        remedy:
          'of `drain.policy: force`: what was deleted is still there, most often held by a finalizer; `kubectl describe` of the pod that is named shows it',
      },
      {
        message: 'DRAIN_BLOCKED: …',
        remedy:
          'it names the first pod or volume and why it does not leave, such as a PodDisruptionBudget: mend that, or change `drain`, then `kubeos rollout retry NAME`',
      },
    ],
    otherwise:
      '`kubeos node drain NODE --dry-run` says of each pod whether it would leave, and what to do where it would not.',
    worked: 'After the `retry` `kubeos rollout why NODE` says that it runs the release.',
    rollout:
      'With `drain.policy: abort` a drain that is given up is tried again after 15 minutes, then after 30; the third that is given up fails the node. With `force` it fails after twice `drain.timeout`. It counts against the failure budget, which is 0 where nothing is said: then the rollout halts.',
    guides: ['rollouts'],
  },
} as const satisfies Record<string, ErrorPage>;

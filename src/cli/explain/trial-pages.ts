import type { ErrorPage } from './error-page.ts';

const GUIDES = ['recover', 'health-and-hangs', 'rollouts'] as const;
const ROLLOUT =
  'The node counts against the failure budget, and is not tried again before a `retry`.';
const TRIED_AGAIN = '`kubeos-agent status` on the node says that the release is committed.';

/** Why a release did not stay on a node. No command ends with these codes. */
export const TRIAL_PAGES = {
  UNHEALTHY: {
    means: 'A release on trial started, and its health checks did not pass in their time.',
    leaves: 'The node runs the release before, or is on its way there. Nothing has to be mended.',
    from: [],
    says: [
      {
        message: 'it did not stay good for long enough',
        remedy:
          'checks passed and failed in turn: `kubeos-agent status` has the last lines of its journal',
      },
      {
        message: 'exit code …: …',
        remedy:
          'what a check of the definition or a script printed last: run it on the node, or mend what it looks at',
      },
    ],
    otherwise:
      'The message begins with the name of the check. Mend what it asks for in the image, or the check under `health`, and publish another release; where the node was to blame, mend it and let it try again.',
    worked: TRIED_AGAIN,
    rollout: ROLLOUT,
    guides: GUIDES,
  },
  FELL_BACK: {
    means:
      'A release on trial did not come to a verdict: it panicked, hung, or lost its power, until its tries were used up.',
    leaves: 'The node runs the release before. Nothing has to be mended.',
    from: [],
    says: [
      {
        message: 'the slot was on trial, and the other one came up',
        remedy: '`kubeos-agent status` says soon what it left behind',
      },
      {
        message: 'nothing was written: the machine was reset before that',
        remedy: 'look at the console of the machine while it tries again',
      },
    ],
    otherwise:
      '`kubeos-agent status` has the last lines of its journal or of its panic. Publish another release, or where the node was to blame let it try again.',
    worked: TRIED_AGAIN,
    rollout: ROLLOUT,
    guides: GUIDES,
  },
  NOT_LOADED: {
    means: 'The node restarted for a release, and GRUB did not start it.',
    leaves: 'The node runs the release before.',
    from: [],
    says: [
      {
        message: 'GRUB refused it: its kernel, initramfs or slot files are damaged',
        remedy:
          '`dmesg` and `smartctl -a` say whether the disk is failing; else `kubeos-agent prepare sha256:… --allow-failed`, in a cluster `kubeos rollout retry NAME`',
      },
      {
        message:
          'the node was restarted, and slot … came up again: GRUB took it, or somebody took the order back',
        remedy: 'let it try again; the console shows what GRUB says',
      },
    ],
    otherwise: 'What GRUB says on the console names the reason.',
    worked: TRIED_AGAIN,
    rollout: ROLLOUT,
    guides: ['recover'],
  },
} as const satisfies Record<string, ErrorPage>;

import type { ErrorPage } from './error-page.ts';

/** Of what comes from elsewhere: that it does not come, or is not what it should be. */
export const NETWORK_PAGES = {
  NETWORK: {
    means:
      'A server, a registry, a mirror or a host cannot be reached, or does not answer as it should.',
    leaves:
      'What was fetched and is right is kept, and the same command goes on from there. Nothing of a change to a repository is visible before all of it is there.',
    from: [
      ...[
        'build',
        'lock',
        'fetch',
        'publish',
        'repository refresh',
        'rollout start',
        'node status',
      ],
      'kubeos-agent prepare',
    ],
    says: [
      {
        message: '… could not be read: …',
        remedy:
          'what each server said stands behind it: look at the image server and the network, then run it again',
      },
      {
        message: 'cannot fetch …: …',
        remedy: 'check the network and `base.sources`; what was fetched already is kept',
      },
      {
        message: '… no longer has …',
        remedy:
          'the mirror dropped a locked package: run `kubeos lock` to move to what it has now, or name a mirror that keeps old ones',
      },
      {
        message: 'cannot read the package lists',
        remedy:
          'check `base.sources`, the network and, for a keyring error, `base.sources[].keyring`',
      },
      {
        message: '… gives no token for …: …',
        remedy:
          '`docker login` of that registry; the `config.json` is read, credential helpers are not run',
      },
      {
        message: '… cannot be reached by SSH: …',
        remedy: 'check address, port and key',
      },
      {
        message: 'no way to … on the node: …',
        remedy:
          'look there whether the agent runs, and whether sshd has AllowStreamLocalForwarding and AllowTcpForwarding',
      },
      {
        message: '… more bytes are needed, but of the budget of … bytes … are spent',
        remedy: 'run it again with a higher budget: what is right already is kept',
      },
      {
        message: 'sends only whole files (it ignores Range)',
        remedy: 'take a server that answers to Range, as the page of image servers shows',
      },
    ],
    otherwise:
      'Behind a proxy set HTTPS_PROXY. Of the kinds of failure this is the one that is worth trying again, but for what a mirror has dropped.',
    worked: 'The same command ends with 0.',
    rollout: 'It is tried again, at most every two minutes, until the operator ends the run.',
    guides: ['image-server', 'air-gap', 'ssh'],
  },
  RELEASE_INVALID: {
    means: 'A release, or a part of it, is damaged, incomplete, or none.',
    leaves:
      'Nothing of it is used. On a node the slot that runs is untouched, and the other one is recorded as empty until it is right.',
    from: [
      ...['publish', 'fetch', 'repository verify', 'repository export', 'serve'],
      ...['kubeos-agent prepare', 'kubeos-agent install'],
    ],
    says: [
      {
        message: '… stays damaged (…)',
        remedy:
          'what the image server has is damaged: `kubeos repository verify` names it, publishing that release again mends it',
      },
      {
        message: '… blocks of … stay damaged, the first is … (…)',
        remedy: 'the same',
      },
      {
        message: '… is missing',
        remedy: 'give the folder `release` that `kubeos build` made',
      },
      {
        message: '… lacks the manifest of …',
        remedy:
          'publish that release again, which puts it back, or `kubeos repository retire` it; of several, retire all but one first',
      },
      {
        message: '… does not hold what was copied to it',
        remedy: 'the medium is damaged: take another one',
      },
      {
        message: 'the tar has the SHA-256 …, not …',
        remedy: 'compare `imageurl` and `checksum`: `sha256sum` of the file that is served',
      },
      {
        message: 'the tar cannot be kept, at byte …: …',
        remedy: 'make it of a root file system as the guide to KubeOS images says',
      },
      {
        message: 'the root image that runs is not what it should be',
        remedy: 'write the stick anew from its image, and start from it again',
      },
    ],
    otherwise:
      '`kubeos inspect` looks at a release in a folder, `kubeos repository verify` at a whole repository.',
    worked: '`kubeos repository verify` ends with 0, and then the same command.',
    rollout: 'It is tried three times; then the node has failed.',
    guides: ['publishing', 'kubeos-images'],
  },
  RELEASE_HALTED: {
    means: 'The publisher of the release has halted it: no node is to fetch it.',
    leaves: 'Nothing was fetched. A node that has it already goes on with it.',
    from: ['fetch', 'kubeos-agent prepare', 'kubeos-agent plan'],
    says: [
      {
        message: '… was halted by its publisher',
        remedy:
          'take another release: `kubeos repository list` shows which are halted, `kubeos repository show` why',
      },
    ],
    otherwise: 'Whoever holds the halt key takes it back with `kubeos repository halt … --undo`.',
    worked: '`kubeos-agent plan RELEASE` names nothing that refuses the other release.',
    rollout:
      'The first node that reports it halts the rollout (`ReleaseHalted`), whatever its budget.',
    guides: ['publishing'],
  },
  UNTRUSTED: {
    means:
      'What came is not signed by whom it should be, is too old, or a host has another key than the known one.',
    leaves:
      'It was thrown away. Rolling back, committing, and what was verified before are not touched.',
    from: [
      ...['fetch', 'publish', 'repository verify', 'serve', 'node status', 'rollout start'],
      'kubeos-agent prepare',
    ],
    says: [
      {
        message: 'ended at …',
        remedy:
          'it begins with the file. timestamp, snapshot: the publisher runs `kubeos repository refresh`; targets, halt: `kubeos repository refresh --targets`; root: `kubeos repository rotate REPOSITORY root`. Until then nodes begin no new upgrades. Where `kubeos repository check` finds nothing: the clock of this machine is ahead',
      },
      {
        message: 'brings version …, but … is known already',
        remedy:
          'a cache or mirror is behind: take another one. Of a repository that was restored from a backup: publish again what is missing, then `kubeos repository refresh --targets` until its numbers are above those that are known',
      },
      {
        message: 'ends only at …, too far ahead',
        remedy: 'the clock of this machine is far behind: set it',
      },
      {
        message: 'is not the file that was signed for',
        remedy: 'files of two states are mixed: try again, or another mirror',
      },
      {
        message: 'the key of …, …, is not the one that is known',
        remedy:
          'compare it with what the host says by itself (`ssh-keygen -lf` there); only then put it into `known_hosts`',
      },
      {
        message: '… sent other bytes for …',
        remedy: 'see what that server, or a proxy on the way, does',
      },
      {
        message: 'the key … did not sign this root',
        remedy: 'sign the draft with that key: `kubeos repository sign`',
      },
    ],
    otherwise:
      'The hint says which kind it is: a stale cache, an end of life, or a signature that is wrong. Of the last, do not use the repository before you have spoken with its publisher. `kubeos repository check` ends with the same exit code, and no error, when something is past half of its life.',
    worked:
      '`kubeos repository verify` and `kubeos repository check` end with 0, and then the same command.',
    rollout: 'It is tried three times; then the node has failed, and still runs what it ran.',
    guides: ['keys', 'publishing', 'ssh'],
  },
} as const satisfies Record<string, ErrorPage>;

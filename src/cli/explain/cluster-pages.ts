import type { ErrorPage } from './error-page.ts';

/** Of clusters and nodes that are asked for something, and of what takes too long or is stopped. */
export const CLUSTER_PAGES = {
  CLUSTER: {
    means: 'The API server of the cluster cannot be reached, or refuses what was asked of it.',
    leaves:
      'What was applied before stays; the same command goes on. A rollout that is under way does not need whoever waits for it.',
    from: [
      ...['install', 'uninstall', 'operator', 'proxy', 'node drain', 'node uncordon'],
      ...['rollout plan', 'rollout start', 'rollout status', 'rollout why'],
    ],
    says: [
      {
        message: 'no cluster is named',
        remedy: '`kubectl config use-context NAME`, or `--kubeconfig FILE --context NAME`',
      },
      {
        message: 'the API server does not answer (…): …',
        remedy: '`kubectl get --raw /readyz` asks it the same way',
      },
      {
        message: 'the kubeconfig cannot be read: …',
        remedy: 'name another one with `--kubeconfig`',
      },
      {
        message: 'rights are missing: …',
        remedy:
          'the hint names the role that has them; `kubectl auth can-i --list` says what the account may do',
      },
      {
        message: '… is kept by others: …',
        remedy:
          'a field belongs to Git or kubectl: change it there, then wait with `kubeos rollout status NAME --wait`',
      },
      {
        message:
          '… is managed by somebody else too: change it there, or take it over with --force-conflicts',
        remedy: 'as it says; of KubeOS its CRDs are taken over so',
      },
      {
        message: 'the cluster runs Kubernetes …',
        remedy: 'upgrade the cluster to 1.32 or newer',
      },
    ],
    otherwise:
      'The message has the request and the words of the API server: `kubectl` with the same kubeconfig meets the same.',
    worked:
      '`kubectl get os -A` answers with the same kubeconfig, and the same command ends with 0.',
    guides: ['cluster'],
  },
  REFUSED: {
    means:
      'What was asked for is understood, and the state of a node, a release or a rollout does not allow it.',
    leaves: 'Nothing has changed.',
    from: [
      ...[
        'rollout plan',
        'rollout start',
        'rollout approve',
        'node drain',
        'node uncordon',
        'node prepare',
      ],
      ...['kubeos-agent prepare', 'kubeos-agent activate', 'kubeos-agent reboot'],
      ...['kubeos-agent rollback', 'kubeos-agent install'],
    ],
    says: [
      {
        message: 'this release failed on this node before: …',
        remedy: 'take another release; `--allow-failed` tries it again',
      },
      {
        message: 'epoch … is older than epoch …, which runs',
        remedy:
          'a rollback needs nothing; an older release of the repository takes `--allow-older`',
      },
      {
        message: "epoch … is below this node's security floor …",
        remedy: 'name a newer release: what is below the floor is known to be unsafe',
      },
      {
        message: 'the release is one of "…", this node runs "…"',
        remedy: "releases of one `name` upgrade each other: name one of this node's image",
      },
      {
        message: 'slot … runs on trial and is not committed',
        remedy: 'wait for its commit, or `kubeos-agent commit`; a restart costs a try',
      },
      {
        message: 'is …, not good',
        remedy: 'there is nothing to go back to: prepare and activate a release',
      },
      {
        message: 'is damaged',
        remedy:
          'of a rollback: the other slot is not what it was; prepare a release that is published',
      },
      {
        message: 'the other slot does not hold …',
        remedy:
          'nothing leads back to that release there: ask for it as an upgrade (`opstype: upgrade`)',
      },
      {
        message: 'there is no way back from data epoch …',
        remedy:
          'data was changed in a way that the release before cannot read: go on to a newer one',
      },
      {
        message: 'slot … is activated: the next boot is its trial',
        remedy: 'restart the node, or take it back with `kubeos-agent cancel`',
      },
      {
        message: '… was … under … before, and nothing begins',
        remedy: '`kubeos rollout retry NAME` lets it begin again',
      },
      {
        message: '… is being upgraded, and drained by the operator',
        remedy:
          '`kubeos rollout why NODE` says how far it is; a label that KubeOS has left: `kubectl label node NODE upgrade.openeuler.org/upgrading-`',
      },
      {
        message: '… is under way since …',
        remedy: 'wait for its end, or `kubeos-agent cancel`',
      },
      {
        message: 'systemd does not restart the machine now',
        remedy:
          '`systemd-inhibit --list` says who holds it up: end that. A rollout asks again by itself',
      },
      {
        message: 'this node takes no images that nobody signed',
        remedy:
          'publish the image as a release, or build the image that runs with `allowUnsigned: true`',
      },
      {
        message: '… was cordoned by somebody else',
        remedy: 'if that is over: `kubectl uncordon`',
      },
      {
        message: '… is not empty: …',
        remedy: 'look at what it names; if all of it may go, `--erase`',
      },
      {
        message: 'there is no OS object …',
        remedy: '`kubectl get os -A` lists them; `--namespace` names another namespace',
      },
    ],
    otherwise:
      '`kubeos-agent plan RELEASE` says everything that would refuse it; `kubeos rollout why NODE` what a node waits for.',
    worked:
      'The same command ends with 0. On a node `kubeos-agent plan RELEASE` names nothing that refuses the release.',
    rollout:
      'It is tried three times; then the node has failed, and still runs what it ran. A restart that somebody holds up is asked for until `health.timeout` is over, and the node stays drained meanwhile.',
    guides: ['node-agent', 'rollouts', 'recover'],
  },
  TIMED_OUT: {
    means: 'Something was waited for, and did not come in its time.',
    leaves:
      'What is waited for goes on: a rollout, an operator that ends, a publisher that works. A demonstration is stopped, and its logs stay.',
    from: ['boot', 'publish', 'uninstall', 'rollout start', 'serve', 'fetch', 'demo'],
    says: [
      {
        message: 'TIMED_OUT: the node did not come back healthy in time',
        remedy:
          'in a rollout: look at its console, its kubelet and `kubeos-agent status`. It is given back when it is Ready and on trial no more; where the message names what is missing, it is quarantined: look at that, then `kubectl uncordon NODE`',
      },
      {
        message:
          'TIMED_OUT: the node was not restarted in time, and its next start may try the release',
        remedy:
          'it stays cordoned. `systemd-inhibit --list` there says who holds it up; restart it, and `kubeos rollout retry NAME`, or take it back with `kubeos-agent cancel`, then `kubectl uncordon NODE`',
      },
      {
        message: 'TIMED_OUT: the release was not prepared in time',
        remedy:
          'in a rollout, after an hour: nothing of it was noticed. The log of the proxy of this node and `kubeos-agent status` say what held it up; then `kubeos rollout retry NAME`',
      },
      {
        message: 'no login prompt after … s; the machine was stopped, …',
        remedy: 'a slow machine needs longer: `--timeout`; without KVM some minutes',
      },
      {
        message: 'not fetched within … s',
        remedy: 'run it again: what is right already is kept',
      },
      {
        message: 'another publisher works on …: …',
        remedy: 'wait for it; if there is none any more, remove the file that the hint names',
      },
      {
        message: 'the operator does not end: …',
        remedy: '`kubectl get pods -n kubeos-system` says why; then ask again',
      },
      {
        message: 'namespace … does not end',
        remedy:
          '`kubectl get namespace kubeos-system -o yaml` says what it waits for; then ask again',
      },
      {
        message: '… minutes are over before …',
        remedy:
          'of a demonstration: end what else takes the processors, and run it again; what its machines and servers said is in `logs` of its folder',
      },
    ],
    otherwise:
      'A `--timeout` of `rollout start`, `rollout status` or `node drain` that is over has exit code 10 too, and no error: the rollout goes on, and a node that was not drained stays cordoned.',
    worked: 'The same command ends with 0.',
    rollout:
      'A call of the agent is tried again, at most every two minutes. The run as a whole has two times, and each ends it (the first two messages): the node has failed, or is quarantined, and counts against the failure budget. One that does not run the release is not tried again before a `retry`.',
    guides: ['rollouts'],
  },
  CANCELLED: {
    means: 'A person or a signal stopped it.',
    leaves:
      'What was begun is cleaned up, or can be gone on with by the same command. What an agent or an operator does for itself goes on.',
    from: [],
    says: [
      {
        message: 'stopped by …',
        remedy: 'the exit code says by which signal: 129 SIGHUP, 130 SIGINT, 143 SIGTERM',
      },
      {
        message: 'the agent goes on',
        remedy: '`kubeos-agent status` shows how far it is, `kubeos-agent cancel` stops it',
      },
      {
        message: '… is not finished, and does not boot',
        remedy: 'an installation was stopped: the same command completes it',
      },
    ],
    otherwise: 'Run the same command again.',
    worked: 'The same command ends with 0.',
    rollout: 'It is tried again, until the operator ends the run.',
    guides: [],
  },
} as const satisfies Record<string, ErrorPage>;

import type { Program } from './programs.ts';

interface Ports {
  readonly etcd: number;
  readonly peer: number;
  readonly api: number;
}

// Files are named as they lie in the folder, which is each server's working directory (folder.ts).

export function etcd(ports: Ports): readonly string[] {
  const [client, peer] = [ports.etcd, ports.peer].map((port) => `http://127.0.0.1:${port}`);
  return [
    '--data-dir=etcd',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // Nobody starts it again with this data.
    '--unsafe-no-fsync',
  ];
}

export function apiServer(ports: Ports): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${ports.api}`],
    // It makes its certificate itself, in this folder.
    '--cert-dir=.',
    '--token-auth-file=tokens.csv',
    '--service-account-key-file=accounts.pub',
    '--service-account-signing-key-file=accounts.key',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/24',
    ...['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction'],
    // It would hold back each pod until its namespace has accounts; where containers run, a later flag has it back.
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged=true',
  ];
}

export const CONTROLLER_MANAGER = [
  'kube-controller-manager',
  [
    ...['--kubeconfig=controller-manager.kubeconfig', '--leader-elect=false', '--secure-port=0'],
    '--service-account-private-key-file=accounts.key',
    '--root-ca-file=apiserver.crt',
    '--use-service-account-credentials=true',
  ],
] as const satisfies readonly [Program, readonly string[]];

export const SCHEDULER = [
  'kube-scheduler',
  ['--kubeconfig=scheduler.kubeconfig', '--leader-elect=false', '--secure-port=0'],
] as const satisfies readonly [Program, readonly string[]];

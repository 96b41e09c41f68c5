import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openScratch } from '../../host/open-scratch.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { NO_OVERSIGHT, type Oversight } from '../oversight.ts';
import { openKubeletRoute, type KubeletRoute } from './kubelet-route.ts';

/** Where every guest reaches this host's loopback address. */
export const HOST_ADDRESS = '10.0.0.2';

export interface NodeCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** What makes a machine this node: contents by the names of systemd's system credentials. */
  readonly credentialsOf: (node: string) => Promise<Readonly<Record<string, string>>>;
  /** How the API server reaches a node's kubelet. */
  readonly lead: KubeletRoute['lead'];
}

/** A control plane that real kubelets join: it signs their certificates, and gives each node addresses for pods. */
export async function startNodeCluster(oversight: Oversight = NO_OVERSIGHT): Promise<NodeCluster> {
  await using undo = new AsyncDisposableStack();
  const { path: folder } = undo.use(await openScratch(tmpdir()));
  const authority = await makeAuthority(folder, oversight);
  const route = undo.use(await openKubeletRoute(folder));
  const cluster = undo.use(
    await startControlPlane({
      apiServer: [
        ...[`--advertise-address=${HOST_ADDRESS}`, '--disable-admission-plugins='],
        ...[`--client-ca-file=${authority.certificate}`, '--enable-bootstrap-token-auth=true'],
        `--kubelet-client-certificate=${authority.client.certificate}`,
        `--kubelet-client-key=${authority.client.key}`,
        `--egress-selector-config-file=${route.configuration}`,
        // By itself it would look for a host of the node's name.
        '--kubelet-preferred-address-types=InternalIP',
      ],
      controllerManager: [
        `--cluster-signing-cert-file=${authority.certificate}`,
        `--cluster-signing-key-file=${authority.key}`,
        ...['--allocate-node-cidrs=true', '--cluster-cidr=10.244.0.0/16'],
        '--controllers=*,bootstrapsigner,tokencleaner',
      ],
      oversight,
    }),
  );
  const token = { id: randomBytes(3).toString('hex'), secret: randomBytes(8).toString('hex') };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(joining(token)) });
  const bootstrap = await bootstrapKubeconfig(cluster, `${token.id}.${token.secret}`);
  const clientAuthority = await readFile(authority.certificate, 'utf8');
  const held = undo.move();
  return {
    ...{ cluster, lead: route.lead },
    credentialsOf: async (node) => ({
      'system.hostname': node,
      'kubelet.bootstrap-kubeconfig': bootstrap,
      'kubelet.client-ca': clientAuthority,
      'cluster.nft': ruleset(cluster),
    }),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

interface Authority extends KeyPair {
  /** The API server, to kubelets. */
  readonly client: KeyPair;
}

/** Files of who signs the certificates of all that join: nodes, and the API server as a client of theirs. */
async function makeAuthority(folder: string, { signal }: Oversight): Promise<Authority> {
  const at = (name: string): KeyPair => ({
    certificate: path.join(folder, `${name}.crt`),
    key: path.join(folder, `${name}.key`),
  });
  const make = async (
    { certificate, key }: KeyPair,
    ...words: readonly string[]
  ): Promise<void> => {
    const files = ['-keyout', key, '-out', certificate];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...words];
    await hostCommands({ signal }).run({ tool: 'openssl', args });
  };
  const [authority, client] = [at('signing'), at('client')];
  await make(authority, '-subj', '/CN=kubeos nodes');
  const signer = ['-CA', authority.certificate, '-CAkey', authority.key];
  // The group that kubeadm gives it, too: all of a kubelet, so that kubectl reads logs and runs commands.
  await make(client, ...signer, '-subj', '/O=system:masters/CN=kube-apiserver');
  return { ...authority, client };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ and …/kubelet-tls-bootstrapping/ */
function joining({ id, secret }: { readonly id: string; readonly secret: string }): object {
  const token = {
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token' },
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    stringData: {
      ...{ 'token-id': id, 'token-secret': secret },
      'usage-bootstrap-authentication': 'true',
    },
  };
  const items = [
    ...[token, bind('system:bootstrappers', 'system:node-bootstrapper')],
    bind('system:bootstrappers', `${REQUESTS}:nodeclient`),
    // Before it ends a node asks for the next one.
    bind('system:nodes', `${REQUESTS}:selfnodeclient`),
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}

const REQUESTS = 'system:certificates.k8s.io:certificatesigningrequests';

const bind = (group: string, role: string): object => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
  metadata: { name: `nodes-join-${role.replaceAll(':', '-')}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
});

const portOf = ({ url }: ControlPlane): string => new URL(url).port;

async function bootstrapKubeconfig(cluster: ControlPlane, token: string): Promise<string> {
  const authority = await readFile(cluster.authority);
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'join' },
    clusters: [
      {
        name: 'join',
        cluster: {
          server: `https://${HOST_ADDRESS}:${portOf(cluster)}`,
          'certificate-authority-data': authority.toString('base64'),
        },
      },
    ],
    users: [{ name: 'join', user: { token } }],
    contexts: [{ name: 'join', context: { cluster: 'join', user: 'join' } }],
  });
}

/** The address of the Service `kubernetes`, for the node itself and its pods. */
function ruleset(cluster: ControlPlane): string {
  const rule = `ip daddr 10.96.0.1 tcp dport 443 dnat to ${HOST_ADDRESS}:${portOf(cluster)}`;
  const chain = (hook: string): string => `  chain ${hook} {
    type nat hook ${hook} priority -100;
    ${rule};
  }
`;
  return `table ip cluster {\n${chain('output')}${chain('prerouting')}}\n`;
}

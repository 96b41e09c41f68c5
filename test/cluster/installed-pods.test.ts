import test from 'ava';
import { z } from 'zod';
import { IMAGE, startInstalled } from './installed.ts';
import { until } from '../../src/demo/control-plane/until.ts';

const PODS = '/api/v1/namespaces/kubeos-proxy/pods';

const starting = startInstalled();
test.after.always(async () => await (await starting)[Symbol.asyncDispose]());

const podSchema = z.looseObject({
  spec: z.looseObject({
    containers: z.tuple([z.looseObject({ image: z.string(), securityContext: z.looseObject({}) })]),
    volumes: z.array(z.looseObject({})),
  }),
});

/** As the DaemonSet makes them, to change one thing. */
async function ownPod(): Promise<z.infer<typeof podSchema>> {
  const { asAdministrator, proxyPod } = await starting;
  const { body } = await asAdministrator('GET', `${PODS}/${await proxyPod('n1')}`);
  const { spec } = podSchema.parse(body);
  const metadata = { name: 'changed' };
  return podSchema.parse({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
}

type Spec = z.infer<typeof podSchema>['spec'];

/** By an administrator, or whoever may make pods there; each is refused by the policy's own sentence. */
const REFUSED: readonly (readonly [string, (spec: Spec) => object, RegExp])[] = [
  [
    'another image',
    ({ containers: [one] }) => ({ containers: [{ ...one, image: 'example.com/x' }] }),
    /only proxies run here/,
  ],
  [
    'a second container',
    ({ containers: [one] }) => ({ containers: [one, { name: 'x', image: 'example.com/x' }] }),
    /only proxies run here/,
  ],
  [
    'a second container of the same image',
    ({ containers: [one] }) => ({ containers: [one, { ...one, name: 'x' }] }),
    /only proxies run here/,
  ],
  [
    'a container before it',
    () => ({ initContainers: [{ name: 'x', image: IMAGE }] }),
    /only proxies run here/,
  ],
  ['another account', () => ({ serviceAccountName: 'default' }), /only proxies run here/],
  [
    'another folder of the host',
    ({ volumes }) => ({ volumes: [...volumes, { name: 'x', hostPath: { path: '/' } }] }),
    /of the host only \/run\/kubeos\/proxy/,
  ],
  [
    'a secret',
    ({ volumes }) => ({ volumes: [...volumes, { name: 'x', secret: { secretName: 'x' } }] }),
    /of the host only/,
  ],
  [
    'a secret beside its token',
    ({ volumes }) => {
      const sources = [{ secret: { name: 'x' } }];
      return { volumes: [...volumes, { name: 'x', projected: { sources } }] };
    },
    /of the host only/,
  ],
  ['the network of the host', () => ({ hostNetwork: true }), /shares a namespace with its host/],
  ['the processes of the host', () => ({ hostPID: true }), /shares a namespace with its host/],
  [
    'rights on the host',
    ({ containers: [one] }) => ({
      containers: [{ ...one, securityContext: { privileged: true } }],
    }),
    /has rights on it/,
  ],
  [
    'a capability',
    ({ containers: [one] }) => {
      const capabilities = { drop: ['ALL'], add: ['SYS_ADMIN'] };
      const securityContext = { ...one.securityContext, capabilities };
      return { containers: [{ ...one, securityContext }] };
    },
    /has rights on it/,
  ],
  [
    'the capabilities that a runtime gives by itself',
    ({ containers: [one] }) => {
      const securityContext = { ...one.securityContext, capabilities: { drop: ['CHOWN'] } };
      return { containers: [{ ...one, securityContext }] };
    },
    /has rights on it/,
  ],
  [
    'the user root for its container alone',
    ({ containers: [one] }) => {
      const securityContext = { ...one.securityContext, runAsNonRoot: false, runAsUser: 0 };
      return { containers: [{ ...one, securityContext }] };
    },
    /has rights on it/,
  ],
  ['the user root', () => ({ securityContext: { runAsUser: 0 } }), /has rights on it/],
];

for (const [what, change, expected] of REFUSED) {
  test(`in the namespace of the proxies no pod gets ${what}`, async (t) => {
    const { asAdministrator } = await starting;
    const { spec, ...pod } = await ownPod();
    const given = { ...pod, spec: { ...spec, nodeName: undefined, ...change(spec) } };
    const { status, body } = await asAdministrator('POST', `${PODS}?dryRun=All`, given);
    t.is(status, 422);
    t.regex(JSON.stringify(body), expected);
  });
}

test('a pod that is there is not changed into another, and may get labels', async (t) => {
  const { asAdministrator, proxyPod } = await starting;
  const pod = `${PODS}/${await proxyPod('n1')}`;
  const image = { spec: { containers: [{ name: 'kubeos-proxy', image: 'example.com/x' }] } };
  const refused = await asAdministrator('PATCH', pod, image);
  t.not(refused.status, 200);
  t.is((await asAdministrator('PATCH', pod, { metadata: { labels: { a: 'b' } } })).status, 200);
});

test('nobody puts a container for debugging beside a proxy', async (t) => {
  const { cluster, proxyPod } = await starting;
  const target = ['-n', 'kubeos-proxy', await proxyPod('n2'), '--image=example.com/shell'];
  const { stderr } = await cluster.kubectl(['debug', ...target, '--quiet', '--attach=false'], {
    successCodes: [1],
  });
  t.regex(stderr, /only proxies run here/);
});

test('both operators are let in by the strictest level, and each node gets its proxy, cordoned or not', async (t) => {
  const { cluster, proxyPod } = await starting;
  await cluster.kubectl(['cordon', 'n2']);
  await cluster.kubectl([
    'delete',
    'pod',
    '-n',
    'kubeos-proxy',
    await proxyPod('n2'),
    '--wait=false',
  ]);
  t.not(await proxyPod('n2'), '');
  await until('the operators have pods', async () => {
    const get = ['get', 'deployment', '-n', 'kubeos-system', 'kubeos-operator'];
    const { stdout } = await cluster.kubectl([...get, '-o', 'jsonpath={.status.replicas}']);
    return stdout === '2';
  });
});

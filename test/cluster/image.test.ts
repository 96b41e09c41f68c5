import {
  copyFile,
  lstat,
  mkdir,
  mkdtempDisposable,
  readdir,
  readlink,
  writeFile,
} from 'node:fs/promises';

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { startRegistry } from '../../src/builder/bases/testing/start-registry.ts';
import { VERSION } from '../../src/cli/version.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import { freePort } from '../../src/demo/control-plane/free-port.ts';
import { startInstalled } from './installed.ts';
import { until } from '../../src/demo/control-plane/until.ts';

const BUILD = fileURLToPath(new URL('../../tools/build-image.ts', import.meta.url));
const commands = hostCommands({ signal: new AbortController().signal });

const configSchema = z.object({
  config: z.object({ User: z.string(), Entrypoint: z.array(z.string()) }),
});

const building = buildImage();
test.after.always(async () => await (await building)[Symbol.asyncDispose]());

/** The image, and what it holds as others unpack it. */
async function buildImage() {
  await using undo = new AsyncDisposableStack();
  const work = undo.use(await mkdtempDisposable(path.join(tmpdir(), 'kubeos-image-')));
  const layout = path.join(work.path, 'image');
  const { stdout } = await commands.run({ tool: process.execPath, args: [BUILD, layout] });
  const image = `${layout}:${VERSION}`;
  const bundle = path.join(work.path, 'bundle');
  await commands.run({ tool: 'umoci', args: ['unpack', '--rootless', '--image', image, bundle] });
  const held = undo.move();
  return {
    ...{ digest: stdout.trim(), image, rootfs: path.join(bundle, 'rootfs'), work: work.path },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

test('other tools read the image, and name it by the digest that was printed', async (t) => {
  const { digest, image } = await building;
  const inspect = ['inspect', `oci:${image}`];
  const { stdout } = await commands.run({ tool: 'skopeo', args: inspect });
  t.like(JSON.parse(stdout), { Digest: digest, Architecture: 'amd64', Os: 'linux' });
  const raw = await commands.run({ tool: 'skopeo', args: [...inspect, '--config'] });
  const { config } = configSchema.parse(JSON.parse(raw.stdout));
  t.is(config.User, '65532:65532');
  installOptionsSchema.parse({ image: `registry.example.com/kubeos@${digest}` });
});

test('pushed as the guide says, a registry has it under the same digest', async (t) => {
  const { digest, image, work } = await building;
  await using registry = await startRegistry(path.join(work, 'registry'));
  const target = `docker://${registry.address}/kubeos:${VERSION}`;
  const copy = ['copy', '--preserve-digests', '--dest-tls-verify=false', `oci:${image}`, target];
  await commands.run({ tool: 'skopeo', args: copy });
  const inspect = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', target];
  t.is((await commands.run({ tool: 'skopeo', args: inspect })).stdout.trim(), digest);
});

test('nothing is in it but Node, its libraries and kubeos', async (t) => {
  const { rootfs } = await building;
  t.deepEqual((await readdir(rootfs)).sort(), ['etc', 'lib', 'lib64', 'opt', 'usr']);
  t.deepEqual(await readdir(path.join(rootfs, 'usr/bin')), ['node']);
  const libraries = await readdir(path.join(rootfs, 'usr/lib'), { recursive: true });
  t.true(libraries.some((name) => name.endsWith('libc.so.6')));
});

/** As kubelet starts a container: this root, read-only, this user, the token where clients look for it, and one mounted folder. */
async function runAs(pod: {
  env: Record<string, string>;
  args: readonly string[];
  account: string;
}) {
  const { rootfs } = await building;
  const binds: string[] = [];
  for (const name of await readdir(rootfs)) {
    const place = path.join(rootfs, name);
    const isLink = (await lstat(place)).isSymbolicLink();
    binds.push(
      ...(isLink ? ['--symlink', await readlink(place)] : ['--ro-bind', place]),
      `/${name}`,
    );
  }
  const account = ['--ro-bind', pod.account, '/var/run/secrets/kubernetes.io/serviceaccount'];
  const env = Object.entries(pod.env).flatMap(([name, value]) => ['--setenv', name, value]);
  const child = spawn(
    'bwrap',
    [
      ...[
        '--unshare-user',
        '--unshare-pid',
        '--uid',
        '65532',
        '--gid',
        '65532',
        '--die-with-parent',
      ],
      ...[...binds, '--proc', '/proc', '--dev', '/dev', ...account, '--remount-ro', '/'],
      ...['--clearenv', ...env, '/usr/bin/node', '/opt/kubeos/dist/bin/kubeos.js', ...pod.args],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  const ended = once(child, 'close');
  return {
    said: () => said.join(''),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}

test('in it the operator works, as the manifests start it', async (t) => {
  await using installed = await startInstalled();
  const { cluster, asAdministrator } = installed;
  const { work } = await building;
  const account = path.join(work, 'account');
  await mkdir(account);
  const create = ['create', 'token', 'kubeos-operator', '-n', 'kubeos-system'];
  await writeFile(path.join(account, 'token'), (await cluster.kubectl(create)).stdout.trim());
  await writeFile(path.join(account, 'namespace'), 'kubeos-system');
  await copyFile(cluster.authority, path.join(account, 'ca.crt'));
  const server = new URL(cluster.url);
  const { args, env } = operatorContainer();
  const port = await freePort();
  const values: Readonly<Record<string, string>> = {
    ...{ 'metadata.name': 'operator-x', 'metadata.namespace': 'kubeos-system' },
    // Its own network is no part of this: the port is one of this host.
    ...{ 'spec.nodeName': 'n1', KUBEOS_HEALTH_LISTEN: `127.0.0.1:${port}` },
  };
  await using operator = await runAs({
    ...{ account, args },
    env: {
      ...Object.fromEntries(env.map(([name, field]) => [name, values[field] ?? ''])),
      ...{ KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port },
    },
  });
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kubeos-system/leases/kubeos-operator';
  await until('it has the lease', async () => {
    const { body } = await asAdministrator('GET', lease);
    return JSON.stringify(body).includes('"holderIdentity":"operator-x"');
  }).catch((cause: unknown) => {
    throw new Error(operator.said(), { cause });
  });
  t.notRegex(operator.said(), /forbidden|rror/);
  const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
  t.regex(await metrics.text(), new RegExp(`kubeos_build_info{.*${RegExp.escape(VERSION)}`));
});

const reference = z.object({ fieldRef: z.object({ fieldPath: z.string() }) });

const containerSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({
            args: z.array(z.string()),
            env: z.array(z.object({ name: z.string(), valueFrom: reference.optional() })),
          }),
        ]),
      }),
    }),
  }),
});

function operatorContainer() {
  const image = `kubeos@sha256:${'0'.repeat(64)}`;
  const deployment = planManifests(installOptionsSchema.parse({ image }), []).find(
    ({ kind }) => kind === 'Deployment',
  );
  const [container] = containerSchema.parse(deployment).spec.template.spec.containers;
  const env = container.env.map(
    ({ name, valueFrom }) => [name, valueFrom?.fieldRef.fieldPath ?? name] as const,
  );
  return { args: container.args, env };
}

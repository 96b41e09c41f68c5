import { once } from 'node:events';
import { cp, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { VERSION } from '../src/cli/version.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const binaries = path.join(root, 'node_modules/.bin');
/** The pinned Node goes first, as in every npm script. */
const env = { PATH: `${binaries}:${process.env['PATH'] ?? ''}` };
/** What npm packs beside the `files` of package.json. */
const ALWAYS_PACKED = ['LICENSE', 'README.md', 'package.json'];
const DEMO = ['control-plane/etcd', 'control-plane/kubernetes', 'images/node'];
const FOLDERS = ['templates', 'integrations', 'docs', ...DEMO.map((name) => `fixtures/${name}`)];

/** The package as `npm pack` makes it from a fresh build; nothing is written into the source tree. */
async function packInto(directory: string): Promise<string> {
  const stage = path.join(directory, 'stage');
  await mkdir(stage);
  for (const name of [...ALWAYS_PACKED, ...FOLDERS]) {
    await cp(path.join(root, name), path.join(stage, name), { recursive: true });
  }
  await execa('node', ['tools/build-dist.ts', path.join(stage, 'dist')], { cwd: root, env });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  await execa('npm', args, { cwd: stage, env });
  const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz'));
  return path.join(directory, tarball ?? 'npm pack wrote no tarball');
}

async function filesOf(tarball: string): Promise<string[]> {
  const { stdout } = await execa('tar', ['--list', '--file', tarball]);
  return stdout.split('\n').map((name) => name.replace(/^package\//, ''));
}

/** Installs the tarball into an empty folder; what comes back runs its program there. */
async function install(tarball: string, directory: string) {
  await mkdir(directory);
  const args = ['install', tarball, '--no-audit', '--no-fund', '--prefer-offline'];
  await execa('npm', args, { cwd: directory, env });
  const program = path.join(directory, 'node_modules/.bin/kubeos');
  const { HOME = directory } = process.env;
  const options = { cwd: directory, env: { ...env, HOME }, extendEnv: false, reject: false };
  return async (...args: string[]) => await execa(program, args, options);
}

test('the packed package works where nothing else is installed', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-package-'));
  const tarball = await packInto(dir.path);
  await checkContents(t, tarball);
  const kubeos = await install(tarball, path.join(dir.path, 'empty'));

  t.like(await kubeos('--version'), { exitCode: 0, stdout: VERSION });
  t.regex((await kubeos('--help')).stdout, /^ {2}kubeos build /m);
  t.regex((await kubeos('completion', 'bash')).stdout, /^complete .* kubeos$/m);
  t.like(await kubeos('init'), { exitCode: 0 });
  const guide = /^ {2}(\/.*\/recover\.md)$/m.exec((await kubeos('explain', 'FELL_BACK')).stdout);
  t.regex(await readFile(guide?.[1] ?? '', 'utf8'), /^# /);
  const image = `kubeos@sha256:${'0'.repeat(64)}`;
  t.regex((await kubeos('install', '--image', image)).stdout, /^kind: DaemonSet$/m);
  t.regex((await kubeos('build', '--dry-run')).stdout, /^ {2}grub-mkimage /m);
  await writeFile(path.join(dir.path, 'empty/root.json'), '{}');
  const repository = ['repository.url=https://images.example.com', 'repository.root=root.json'];
  const withAgent = repository.flatMap((value) => ['--set', value]);
  const planned = await kubeos('build', '--dry-run', ...withAgent);
  t.regex(planned.stdout, /# the node agent is .*\/agents\/kubeos-agent-[0-9a-f]{16}$/m);
  t.regex((await kubeos('demo', '--help')).stdout, /--keep/);
  await using taken = await listenOn(18_480);
  t.is(taken.port, 18_480);
  const lacking = await kubeos('demo', '--folder', path.join(dir.path, 'demo'));
  t.is(lacking.exitCode, 4);
  t.regex(
    lacking.stderr,
    /not ready for the demonstration:\n(?:.*\n)* {2}port 18480 of 127\.0\.0\.1: taken/,
  );
  // Loads the builder and its dependencies; whether this host is ready does not matter here.
  t.regex((await kubeos('doctor', '--json')).stdout, /^\{.*"kind":"HostFacts"/);
});

/** Whoever has it already does as well. */
async function listenOn(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening').catch(() => null);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What it packs itself, and what the demonstration builds; nothing that was made there for another purpose. */
const SHIPPED = [
  ...['dist/bundles/agent.cjs', 'dist/bundles/kubeos/bin/kubeos.js'],
  ...['fixtures/images/node/kubeos.yaml', 'fixtures/images/node/kubelet/go.sum'],
  ...['fixtures/images/node/workload/main.go', 'fixtures/control-plane/etcd/tools.go'],
];

async function checkContents(t: ExecutionContext, tarball: string): Promise<void> {
  const files = await filesOf(tarball);
  const beside = files.filter(
    (name) => !/^(?:dist|templates|integrations|docs|fixtures)\//.test(name),
  );
  t.deepEqual(beside.toSorted(), ALWAYS_PACKED);
  for (const name of SHIPPED) t.true(files.includes(name), name);
  const notForUsers = /\.test\.|\.ts$|^dist\/(?:test|tools|bench)\//;
  t.deepEqual(
    files.filter((name) => notForUsers.test(name)),
    [],
  );
  const lint = await execa('publint', ['run', tarball, '--strict'], { env, reject: false });
  t.is(lint.exitCode, 0, lint.stdout);
}

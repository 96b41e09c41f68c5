import { appendFile, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import test from 'ava';
import { readPackages } from '../inventory/read-packages.ts';
import { assertInstalled } from '../lock/assert-installed.ts';
import { observeForeignPrograms } from '../host-check/observe-foreign-programs.ts';
import { writeDnfBase } from './dnf-base.ts';
import type { DnfRequest } from './dnf/dnf-request.ts';
import { resolveDnf } from './dnf/resolve-dnf.ts';
import { listenLocally } from './testing/listen-locally.ts';
import { closeScenes, openScene } from './testing/dnf-scene.ts';
import { listTar } from './testing/list-tree.ts';

test.after.always(closeScenes);

test('installs packages with their owners, capabilities and scriptlets, and nothing that is only recommended', async (t) => {
  await using scene = await openScene();
  const request = await scene.request('root.tar');

  const { locked, inputs, warnings } = await writeDnfBase(request);

  const lines = await listTar(request.output, path.join(scene.path, 'out'), request.commands);
  const has = (start: string) =>
    t.true(
      lines.some((line) => line.startsWith(start)),
      start,
    );
  has('./usr/bin/capable f 755 0:778 1600000000.0000000000  3 2');
  has('usr/bin/capable security.capability=0x0100000200200000');
  has('same: ./usr/bin/capable ./usr/bin/capable6');
  has('./var/spool/odd d 2750 777:778 ');
  has('./etc/shadow f 0 0:0 ');
  has('./usr/lib/modules/6.1.0-1/vmlinuz f 644 0:0 ');
  has(`./etc/node-set f 644 0:0 ${String(request.epoch)}.`);
  has('./proc d 555 0:0 ');
  t.false(lines.some((line) => /extra|README|kubeos|dnf|urandom|rpm\.lock|-shm/.test(line)));
  t.true(
    (await readFile(request.output)).includes('4 random bytes, null keeps nothing, proc is there'),
  );
  t.deepEqual(
    locked.packages.map(({ name, version }) => `${name} ${version}`),
    [...['accounts 1-1', 'capable 1:2.1-3', 'kernel-core 6.1.0-1', 'node-set 1-1']],
  );
  t.like(inputs[1], { name: 'capable-1:2.1-3.noarch', sha256: locked.packages[1]?.sha256 });
  t.deepEqual(warnings, []);
  // The trees that belonged to subordinate ids are gone.
  t.deepEqual(
    (await readdir(request.workDirectory)).filter((name) => /root$|resolve/.test(name)),
    [],
  );
});

test('its database has just what was locked, and what else there may be is found', async (t) => {
  await using scene = await openScene();
  const request = await scene.request('root.tar');
  const { locked } = await writeDnfBase(request);
  const args = [`--file=${request.output}`, `--directory=${scene.path}`, './var/lib/rpm'];
  await request.commands.run({ tool: 'tar', args: ['--extract', ...args] });
  const installed = await readPackages(scene.path, request.commands);
  t.notThrows(() => assertInstalled(installed, locked.packages));
  t.throws(() => assertInstalled(installed, locked.packages.slice(1)), {
    message: /installed, not locked: accounts 1-1 noarch/,
  });
});

test('gives the same bytes again, from the repositories or from the lock, the database included', async (t) => {
  await using scene = await openScene();
  const first = await scene.request('1');
  const { locked } = await writeDnfBase(first);
  const again = await scene.request('2');
  t.deepEqual((await writeDnfBase(again)).locked, locked);
  // Newer packages, a changed index: the lock does not care.
  await scene.repository.sign('extra', 'other');
  await scene.repository.index();
  const fromLock = await scene.request('3', { locked });
  await writeDnfBase(fromLock);
  const bytes = await readFile(first.output);
  t.true(bytes.equals(await readFile(again.output)));
  t.true(bytes.equals(await readFile(fromLock.output)));
  t.true(bytes.includes('SQLite format 3'));
});

test('locks what a web server has, with the address filled in, and fetches it again from there', async (t) => {
  await using scene = await openScene();
  const basearch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const asked: string[] = [];
  await using server = await listenLocally(
    createServer(({ url = '' }, response) => {
      asked.push(url);
      const file = path.join(scene.repository.directory, url.replace(/^\/24\.03\/\w+/, ''));
      readFile(file).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }),
  );
  const baseUrl = `http://${server.address}/$releasever/$basearch/`;
  const repositories = [{ id: 'main', baseUrl, gpgKey: 'key.asc' }];
  const base = { type: 'dnf' as const, release: '24.03', repositories };
  const locked = await resolveDnf(await scene.request('lock', { base }));
  t.like(locked, { release: '24.03', requested: ['node-set'] });
  t.like(locked.repositories[0], {
    id: 'main',
    baseUrl: `http://${server.address}/24.03/${basearch}`,
  });
  t.like(locked.packages[1], { file: 'Packages/capable.rpm', repository: 'main', arch: 'noarch' });
  asked.length = 0;

  const request = await scene.request('root.tar', { base, locked });
  await writeDnfBase(request);

  t.deepEqual(
    asked,
    locked.packages.map(({ file }) => `/24.03/${basearch}/${file}`),
  );
  await rm(scene.repository.rpm('capable'));
  const gone = await scene.request('gone', { base, locked });
  await t.throwsAsync(writeDnfBase(gone), {
    code: 'NETWORK',
    message: /no longer has capable 1:2\.1-3/,
  });
});

test('what was resolved into a cache is not fetched again', async (t) => {
  await using scene = await openScene();
  const packageCache = path.join(scene.path, 'cache');
  const locked = await resolveDnf(await scene.request('lock', { packageCache }));
  await rm(scene.repository.directory, { recursive: true });
  const request = await scene.request('root.tar', { packageCache, locked });
  t.deepEqual((await writeDnfBase(request)).locked, locked);
});

for (const by of ['nobody', 'other'] as const) {
  test(`refuses a package that is signed by ${by}`, async (t) => {
    await using scene = await openScene();
    await scene.repository.sign('capable', by);
    await scene.repository.index();
    const request = await scene.request('root.tar');
    await t.throwsAsync(writeDnfBase(request), {
      code: 'BUILD_CHECK_FAILED',
      message: /signature is missing or by another key: .*capable/,
    });
    await t.throwsAsync(readFile(request.output), { code: 'ENOENT' });
  });
}

test('refuses a locked package that is not signed, though its digest is right', async (t) => {
  await using scene = await openScene();
  const locked = await resolveDnf(await scene.request('lock'));
  await writeFile(path.join(scene.path, 'key.asc'), await readFile(scene.otherKey));
  const request = await scene.request('root.tar', { locked });
  await t.throwsAsync(writeDnfBase(request), {
    code: 'BUILD_CHECK_FAILED',
    message: /not signed by the key of repository main, or damaged: accounts-1-1\.noarch, /,
  });
});

test('a key counts only for its own repository', async (t) => {
  await using scene = await openScene();
  await scene.repository.sign('capable', 'other');
  await scene.repository.index();
  await copyFile(scene.otherKey, path.join(scene.path, 'other.asc'));
  const request = await scene.request('root.tar');
  const [main] = request.base.repositories;
  const empty = await scene.repository.copyTo(path.join(scene.path, 'empty'));
  await rm(path.join(empty.directory, 'Packages'), { recursive: true });
  await empty.index();
  const other = {
    id: 'other',
    baseUrl: `file://${encodeURI(empty.directory)}`,
    gpgKey: 'other.asc',
  };
  const base = { ...request.base, repositories: main === undefined ? [] : [main, other] };
  await t.throwsAsync(writeDnfBase({ ...request, base }), {
    code: 'BUILD_CHECK_FAILED',
    message: /capable/,
  });
});

test('refuses metadata and packages that are not what the index says', async (t) => {
  await using scene = await openScene();
  const code = 'BUILD_CHECK_FAILED';
  await appendFile(scene.repository.rpm('capable'), 'x');
  const one = await scene.request('1');
  await t.throwsAsync(writeDnfBase(one), { code, message: /other bytes than its index names/ });
  const repodata = path.join(scene.repository.directory, 'repodata');
  const primary = (await readdir(repodata)).find((name) => name.endsWith('primary.xml.gz')) ?? '';
  await appendFile(path.join(repodata, primary), 'x');
  const two = await scene.request('2');
  await t.throwsAsync(writeDnfBase(two), { code, message: /other bytes than its index names/ });
});

test('refuses other bytes than the locked ones', async (t) => {
  await using scene = await openScene();
  const locked = await resolveDnf(await scene.request('lock'));
  await appendFile(scene.repository.rpm('capable'), 'x');
  const request = await scene.request('root.tar', { locked });
  await t.throwsAsync(writeDnfBase(request), {
    code: 'LOCK_MISMATCH',
    message: /capable\.rpm is not the locked/,
  });
});

test('says what is wrong with the packages, the repository or the key', async (t) => {
  await using scene = await openScene();
  const made = async (name: string, change: Partial<DnfRequest>) =>
    await writeDnfBase(await scene.request(name, change));
  const code = 'DEFINITION_INVALID';
  await t.throwsAsync(made('1', { packages: [] }), { code, message: /packages is empty/ });
  await t.throwsAsync(made('2', { packages: ['kernel'] }), {
    code,
    message: 'the repositories do not have kernel',
  });
  const { base } = await scene.request('3');
  const withRepository = (change: object) => ({
    base: { ...base, repositories: base.repositories.map((one) => ({ ...one, ...change })) },
  });
  await t.throwsAsync(made('4', withRepository({ gpgKey: 'none.asc' })), {
    code,
    message: /gpgKey none.asc of main cannot be read/,
  });
  await t.throwsAsync(made('5', withRepository({ baseUrl: 'http://127.0.0.1:1/' })), {
    code: 'NETWORK',
    message: /a repository cannot be read: .*127\.0\.0\.1/,
  });
  await rm(scene.repository.rpm('kernel-core'));
  await scene.repository.index();
  await t.throwsAsync(made('6', {}), {
    code,
    message: /nothing provides kernel-core needed by node-set-1-1/,
  });
});

test('an image for another architecture needs an emulator, and says so', async (t) => {
  await using scene = await openScene();
  const foreign = process.arch === 'x64' ? 'arm64' : 'amd64';
  const request = await scene.request('root.tar', { arch: foreign });
  const { remedy } = await observeForeignPrograms(foreign, request.commands);
  if (remedy === null) t.is((await writeDnfBase(request)).locked.packages.length, 4);
  else
    await t.throwsAsync(writeDnfBase(request), {
      code: 'HOST_NOT_READY',
      message: /cannot run programs for/,
    });
});

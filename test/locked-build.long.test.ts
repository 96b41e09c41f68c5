import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hashRange, wholeFile } from '../src/builder/bases/byte-range.ts';
import { loadHostMirrors } from '../src/builder/bases/host-mirror.ts';
import { installAptBase } from '../src/builder/bases/install-apt-base.ts';
import { installPlaces, mmdebstrapCommand } from '../src/builder/bases/mmdebstrap.ts';
import { readTar } from '../src/builder/bases/tar/read-tar.ts';
import { readPackages } from '../src/builder/inventory/read-packages.ts';
import { assertInstalled } from '../src/builder/lock/assert-installed.ts';
import { fetchLockedPackages } from '../src/builder/lock/fetch-locked-packages.ts';
import { resolveApt } from '../src/builder/lock/resolve-apt.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import type { AptSource } from '../src/builder/definition/base-schema.ts';

const { signal } = new AbortController();
const commands = hostCommands({ signal });
const SUITE = 'trixie';
const EPOCH = 1700000000;
const PACKAGES = ['systemd', 'systemd-sysv', 'udev', 'kmod', 'e2fsprogs', 'iproute2'];
/** The one file that names where packages came from. */
const ORIGIN = /^\.\/etc\/apt\/sources\.list\.d\//;

test('a locked build is the tree that the mirror gives, byte for byte', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const at = (name: string): string => path.join(work.path, name);
  const sources = await loadHostMirrors(SUITE);
  await mkdir(at('apt'));
  const base = await resolveApt(
    { directory: at('apt'), arch: 'amd64', suite: SUITE, sources, packages: PACKAGES },
    commands,
  );
  const packages = await fetchLockedPackages({ base, cacheDirectory: at('cache'), signal });
  await mkdir(at('locked'));
  await installAptBase({
    ...{ base, arch: 'amd64', packages, epoch: EPOCH, commands },
    ...{ output: at('locked.tar'), workDirectory: at('locked') },
  });
  const { sourcesList, temporary } = installPlaces(at('mirror'));
  await mkdir(temporary, { recursive: true });
  await writeFile(sourcesList, sourceLines(sources));
  await commands.run(
    mmdebstrapCommand({
      ...{ suite: SUITE, arch: 'amd64', packages: PACKAGES, epoch: EPOCH },
      ...{ output: at('mirror.tar'), workDirectory: at('mirror') },
      isInMemory: false,
    }),
  );
  t.deepEqual(await contentOf(at('locked.tar')), await contentOf(at('mirror.tar')));

  await mkdir(at('tree'));
  const status = ['--extract', '--file', at('locked.tar'), '--directory', at('tree')];
  await commands.run({ tool: 'tar', args: [...status, './var/lib/dpkg/status'] });
  const installed = await readPackages(at('tree'), commands);
  t.notThrows(() => {
    assertInstalled(installed, base.packages);
  });
});

function sourceLines(sources: readonly AptSource[]): string {
  return sources
    .flatMap(({ uri, suites, components }) =>
      suites.map((suite) => ['deb', uri, suite, ...components].join(' ')),
    )
    .join('\n');
}

/** Every member with its metadata and the digest of its content. */
async function contentOf(tar: string): Promise<ReadonlyMap<string, unknown>> {
  const members = new Map<string, unknown>();
  const range = await wholeFile(tar);
  for await (const entry of readTar({ range, name: tar, needsEndMark: true })) {
    if (ORIGIN.test(entry.name)) continue;
    if (entry.type !== 'file') {
      members.set(entry.name, entry);
      continue;
    }
    const digests = entry.content.map(async (piece) =>
      piece.kind === 'bytes' ? await hashRange(piece, signal) : piece.length,
    );
    members.set(entry.name, { ...entry, content: await Promise.all(digests) });
  }
  return members;
}

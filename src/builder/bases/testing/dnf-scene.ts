import { copyFile, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hostCommands } from '../../../host/run-commands.ts';
import type { DnfRequest } from '../dnf/dnf-request.ts';
import { testRequest } from './base-request.ts';
import { openRpmWorkshop, type TestRepository } from './make-rpm-repository.ts';

/** Scriptlets run as they would on this machine. */
const NATIVE = process.arch === 'arm64' ? 'arm64' : 'amd64';

const commands = hostCommands({ signal: new AbortController().signal });

/** The packages are built once for all tests; each changes a copy of their repository. */
const opened = (async () => {
  const scratch = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-rpm-'));
  return { scratch, workshop: await openRpmWorkshop(scratch.path, commands) };
})();

/** For the end of the test file. */
export async function closeScenes(): Promise<void> {
  const { scratch, workshop } = await opened;
  await workshop[Symbol.asyncDispose]();
  await scratch.remove();
}

export interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly repository: TestRepository;
  readonly otherKey: string;
  request(name: string, change?: Partial<DnfRequest>): Promise<DnfRequest>;
}

/** A test's own folder, with a space in its name, as an output folder may have. */
export async function openScene(): Promise<Scene> {
  const { workshop } = await opened;
  const scratch = await mkdtempDisposable(path.join(tmpdir(), 'kubeos dnf '));
  const repository = await workshop.repository.copyTo(path.join(scratch.path, 'mirror'));
  await copyFile(workshop.keys.owner, path.join(scratch.path, 'key.asc'));
  const baseUrl = `file://${encodeURI(repository.directory)}`;
  return {
    ...{ path: scratch.path, repository, otherKey: workshop.keys.other },
    async request(name, change = {}) {
      const repositories = [{ id: 'main', baseUrl, gpgKey: 'key.asc' }];
      const base = { type: 'dnf' as const, release: '24.03', repositories };
      const request = await testRequest(base, scratch.path, name);
      return { ...request, arch: NATIVE, packages: ['node-set'], ...change };
    },
    [Symbol.asyncDispose]: () => scratch.remove(),
  };
}

import { homedir } from 'node:os';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { StepReport } from '../build/step.ts';
import type { DirectoryBase, OciBase, TarBase } from '../definition/base-schema.ts';
import { assertHostReady, observeTools } from '../host-check/check-host.ts';
import { RPM } from '../host-check/required-tools.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import type { BaseRequest, BaseResult } from './base.ts';
import { writeDirectoryBase } from './directory-base.ts';
import type { BaseHost, MadeBase } from './make-base.ts';
import { writeOciBase } from './oci-base.ts';
import { writeTarBase } from './tar-base.ts';

export type StoredBase = OciBase | TarBase | DirectoryBase;

/** A base that is one thing already: read, checked, and written as the tar that every build starts from. */
export async function makeStoredBase(
  plan: BuildPlan,
  base: StoredBase,
  host: BaseHost,
): Promise<MadeBase> {
  const tarFile = plan.files.baseTar;
  const locked = await host.step('install', async (report) => {
    const result = await writeStoredBase(base, requestOf(plan, host, report));
    // Only now is known what it is; better here than when its packages are listed.
    if (result.isRpmSystem) assertHostReady(await observeTools([RPM]));
    return lockedOf(base, result);
  });
  assertLocked(plan.locked, locked);
  return { locked, tarFile };
}

type Request = Omit<BaseRequest, 'base'>;

/** Writes the tar of such a base at `request.output`. */
export async function writeStoredBase(base: StoredBase, request: Request): Promise<BaseResult> {
  switch (base.type) {
    case 'oci':
      return await writeOciBase({ ...request, base });
    case 'tar':
      return await writeTarBase({ ...request, base });
    case 'directory':
      return await writeDirectoryBase({ ...request, base });
    default:
      return base satisfies never;
  }
}

/** Where docker and podman keep their logins. */
export const REGISTRY_CREDENTIALS = path.join(homedir(), '.docker/config.json');

function requestOf(plan: BuildPlan, host: BaseHost, report: StepReport): Request {
  const { directory, workDirectory, treeEpoch: epoch, definition, files } = plan;
  const { arch, packages } = definition;
  return {
    ...{ directory, workDirectory, epoch, arch, packages, output: files.baseTar },
    ...{ commands: host.commands, signal: host.signal },
    registryCredentials: REGISTRY_CREDENTIALS,
    progress: ({ subject, doneBytes, totalBytes }) =>
      report(subject, totalBytes === 0 ? 1 : doneBytes / totalBytes),
  };
}

/** What the lockfile says of such a base. */
export function lockedOf(base: StoredBase, result: BaseResult): LockedBase {
  const sha256 = result.inputs[0]?.sha256 ?? '';
  if (base.type === 'oci') return { type: 'oci', image: base.image, digest: `sha256:${sha256}` };
  return { type: base.type, sha256 };
}

function assertLocked(locked: LockedBase | null, found: LockedBase): void {
  if (locked === null || digestOf(locked) === digestOf(found)) return;
  throw new KubeosError(
    'LOCK_MISMATCH',
    `the base is not the one in the lockfile: locked ${digestOf(locked)}, found ${digestOf(found)}`,
    { hint: 'run `kubeos lock` if it was meant to change' },
  );
}

function digestOf(base: LockedBase): string {
  if ('digest' in base) return base.digest;
  return 'sha256' in base ? `sha256:${base.sha256}` : base.type;
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import type { FetchedPackage } from '../lock/fetch-locked-packages.ts';
import { writeLocalRepository } from '../lock/local-repository.ts';
import type { LockedAptBase } from '../lock/lock-schema.ts';
import { installPlaces, mmdebstrapCommand } from './mmdebstrap.ts';

export interface InstallRequest {
  readonly base: LockedAptBase;
  readonly arch: ImageDefinition['arch'];
  readonly packages: readonly FetchedPackage[];
  readonly output: string;
  /** Private to the build, which removes it; mmdebstrap works here too. */
  readonly workDirectory: string;
  /** Seconds; no file is newer. */
  readonly epoch: number;
  readonly commands: Commands;
}

/** Installs exactly the fetched packages: mmdebstrap sees a repository that holds nothing else. */
export async function installAptBase(request: InstallRequest): Promise<void> {
  const { base, arch, packages, output, epoch, workDirectory, commands } = request;
  const directory = path.join(workDirectory, 'repository');
  const line = await writeLocalRepository({ directory, suite: base.suite, packages }, commands);
  const { sourcesList, temporary } = installPlaces(workDirectory);
  await writeFile(sourcesList, `${line}\n`);
  await mkdir(temporary);
  const isInMemory = fitsInMemory(await readFile('/proc/meminfo', 'utf8'), packages);
  const { suite, requested } = base;
  const how = { suite, arch, packages: requested, output, epoch, workDirectory, isInMemory };
  await commands.run(mmdebstrapCommand(how));
}

/** Unpacked, packages take about four times their size; as much again is left to everybody else. */
export function fitsInMemory(
  meminfo: string,
  packages: readonly { readonly size: number }[],
): boolean {
  const availableKiB = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0);
  const packedBytes = packages.reduce((sum, { size }) => sum + size, 0);
  return availableKiB * 1024 > 8 * packedBytes + 2 ** 30;
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { beginRepository } from './begin-repository.ts';
import { HOST_ADDRESS } from './nodes/node-cluster.ts';
import type { OwnProgram } from './own-program.ts';

/** Nodes look for releases there: what images know has to stay the same from run to run, or they are built anew. */
export const IMAGE_SERVER_PORT = 18_480;

/** What they differ in beside their version is what one sees change. */
const CHANGES = {
  '1.0.0': [],
  '2.0.0': ['sysctl.vm.swappiness=8'],
} as const;

type DemoVersion = keyof typeof CHANGES;

export interface DemoImages {
  /** Each as `kubeos rollout --release` takes it. */
  readonly releases: Readonly<Record<DemoVersion, string>>;
  /** That a machine of the first release starts from. */
  readonly disk: string;
}

/** Builds the releases, where they are not there yet as their inputs make them, and publishes them. */
export async function makeImages(folder: string, run: OwnProgram['run']): Promise<DemoImages> {
  const at = (name: string): string => path.join(folder, name);
  await beginRepository(folder, run);
  const make = async (version: DemoVersion): Promise<string> => {
    const set = [
      ...[`version=${version}`, `epoch=${version.split('.')[0]}`, ...CHANGES[version]],
      `repository.url=http://${HOST_ADDRESS}:${IMAGE_SERVER_PORT}/`,
      'repository.root=../keys/root.json',
    ].flatMap((one) => ['--set', one]);
    await run(['build', 'node/kubeos.yaml', '--out', version, ...set]);
    const to = ['--to', 'repository', '--keys', 'keys'];
    await run(['publish', `${version}/release`, ...to]);
    return `${version}@${await digestOf(at(version))}`;
  };
  const releases = { '1.0.0': await make('1.0.0'), '2.0.0': await make('2.0.0') };
  return { releases, disk: at('1.0.0/disk.raw') };
}

const builtSchema = z.object({ digest: z.string() });

async function digestOf(output: string): Promise<string> {
  const text = await readFile(path.join(output, 'build.json'), 'utf8');
  return builtSchema.parse(JSON.parse(text)).digest;
}

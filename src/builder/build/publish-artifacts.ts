import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildPlan } from './build-plan.ts';
import type { BuildResult } from './run-build.ts';

/** Makes the finished artifacts appear, each by rename: a reader sees an old one or a new one, never half of one. */
export async function publishArtifacts(
  plan: BuildPlan,
  built: BuildResult,
  work: string,
): Promise<void> {
  const staged = path.join(work, 'release');
  await mkdir(staged, { recursive: true });
  const { release } = built;
  await writeFile(path.join(staged, 'manifest.json'), release.serialised);
  await writeFile(path.join(staged, 'boot.cfg'), release.configuration);
  await writeFile(path.join(staged, 'boot.sum'), release.sums);
  await flush(plan.files.disk);
  await place(plan.files.disk, path.join(plan.outputDirectory, 'disk.raw'));
  await place(staged, path.join(plan.outputDirectory, 'release'));
}

async function place(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
}

async function flush(file: string): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.datasync();
}

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { SlotConfiguration } from '../../disk/slot-files.ts';
import { sha256Of } from '../build/sha256-of.ts';
import { identifyFileSystem } from './identify-file-system.ts';
import type { Finding } from './image-report.ts';
import { observeSystem, type SystemObservation } from './observe-system.ts';
import { NO_SYSTEM, type InspectContext, type ObservedImage } from './observed-image.ts';
import { parseSlotConfiguration } from '../../disk/parse-slot-configuration.ts';

/** What of manifest.json (contract section 4) is shown; further members are the reader's of another version. */
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  image: z.object({ fileSystem: z.string(), size: z.int(), sha256: z.string() }),
});

type Manifest = z.infer<typeof manifestSchema>;

/** A folder with manifest.json, boot.cfg and, unless it was left out, image.zst. */
export async function inspectRelease(
  directory: string,
  context: InspectContext,
): Promise<ObservedImage> {
  const text = await readFile(path.join(directory, 'manifest.json'));
  const manifest = parseManifest(text.toString(), directory);
  const configuration = await readFile(path.join(directory, 'boot.cfg'), 'latin1');
  const release = parseSlotConfiguration(configuration);
  if (release === null) throw invalid(directory, 'its boot.cfg names no release');
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const { observation, findings } = await observeImage({ directory, manifest, release }, context);
  const { system, verity } = observation ?? { system: NO_SYSTEM, verity: null };
  const { size, fileSystem } = manifest.image;
  return {
    report: {
      ...{ kind: 'release', path: directory, format: 'raw', size, release, fileSystem, verity },
      root: system.root,
      findings: [digestFinding(release, digest), ...findings, ...(observation?.findings ?? [])],
    },
    system: { ...system, release, imageSize: size },
  };
}

function parseManifest(text: string, directory: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw invalid(directory, error instanceof Error ? error.message : String(error));
  }
}

function invalid(directory: string, why: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${directory} is no release: ${why}`, {
    hint: 'a release is made by `kubeos build`, in its folder "release"',
  });
}

function digestFinding(release: SlotConfiguration, digest: string): Finding {
  const subject = 'release';
  if (release.release === digest) return { level: 'ok', subject, text: `is ${digest}` };
  const text = `the manifest is ${digest}, boot.cfg says ${release.release}`;
  return { level: 'fault', subject, text };
}

interface ReleaseImage {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly release: SlotConfiguration;
}

async function observeImage(
  { directory, manifest, release }: ReleaseImage,
  context: InspectContext,
): Promise<{ observation: SystemObservation | null; findings: readonly Finding[] }> {
  const subject = 'root image';
  const compressed = path.join(directory, 'image.zst');
  if (!(await isFile(compressed))) {
    const text = 'image.zst is not here, so its files are not known';
    return { observation: null, findings: [{ level: 'note', subject, text }] };
  }
  const file = path.join(context.scratch, 'root.img');
  await context.commands.run({ tool: 'zstd', args: ['-d', '-q', '-o', file, compressed] });
  const sha256 = await sha256Of(file);
  if (sha256 !== manifest.image.sha256) {
    const text = `has the SHA-256 ${sha256}, the manifest says ${manifest.image.sha256}`;
    return { observation: null, findings: [{ level: 'fault', subject, text }] };
  }
  const region = { file, offset: 0, size: manifest.image.size };
  const fileSystem = await identifyFileSystem(region, context.commands);
  if (fileSystem === null) {
    const text = 'holds no file system';
    return { observation: null, findings: [{ level: 'fault', subject, text }] };
  }
  const sums = await readFile(path.join(directory, 'boot.sum'), 'latin1');
  const place = { ...region, fileSystem, release, sums, subject, isPartition: false };
  return { observation: await observeSystem(place, context), findings: [] };
}

async function isFile(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

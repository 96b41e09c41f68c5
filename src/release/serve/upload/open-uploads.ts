import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { STAGING } from '../../metadata/repository-path.ts';
import { isMissing } from '../../repository/is-missing.ts';
import type { Site } from '../handle-request.ts';
import type { ServeLimits } from '../serve-limits.ts';
import type { ServeMetrics } from '../serve-metrics.ts';
import { readToken, type UploadRights } from './authorize-upload.ts';
import { checkSignedFrom } from './check-signed.ts';
import { uploadHandler } from './handle-upload.ts';
import { removeParts, removeStaleSessions } from './staging.ts';

export interface UploadOptions {
  readonly rights: UploadRights;
  /** The root.json that publications are verified from; null: `metadata/1.root.json` of the directory. */
  readonly rootFile: string | null;
}

export interface OpenedUploads extends Disposable {
  readonly answer: NonNullable<Site['upload']>;
}

const SWEEP_MS = 3_600_000;

/** @throws KubeosError USAGE where there is no token or no root */
export async function openUploads(
  options: UploadOptions & {
    readonly directory: string;
    readonly limits: ServeLimits;
    readonly metrics: ServeMetrics;
    readonly reportFault: (error: unknown) => void;
  },
): Promise<OpenedUploads> {
  const { directory, rights, limits, metrics, reportFault } = options;
  if (rights.tokenFile !== null) await readToken(rights.tokenFile);
  const check = checkSignedFrom(await readRoot(options));
  await mkdir(path.join(directory, STAGING), { recursive: true });
  await removeParts(directory);
  const { staleMs } = limits.upload;
  const sweep = (): void => {
    removeStaleSessions(directory, { staleMs, nowMs: Date.now() }).catch(reportFault);
  };
  sweep();
  const timer = setInterval(sweep, SWEEP_MS).unref();
  return {
    answer: uploadHandler({
      directory,
      rights,
      check,
      limits: limits.upload,
      chunkMs: limits.chunkMs,
      metrics,
    }),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function readRoot({
  directory,
  rootFile,
}: {
  readonly directory: string;
  readonly rootFile: string | null;
}): Promise<Uint8Array> {
  const file = rootFile ?? path.join(directory, 'metadata/1.root.json');
  try {
    return await readFile(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new KubeosError('USAGE', `${file} is missing: uploads are verified from it`, {
      hint: 'give the root.json that `kubeos repository init` made, by --trusted-root',
    });
  }
}

import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { DEFAULT_LIMITS, type UploadLimits } from '../../../src/release/serve/serve-limits.ts';
import { serveMetrics } from '../../../src/release/serve/serve-metrics.ts';
import { checkSignedFrom } from '../../../src/release/serve/upload/check-signed.ts';
import { uploadHandler } from '../../../src/release/serve/upload/handle-upload.ts';
import { ask, serveDirectory, type Answer, type Scene } from './serve-scene.ts';
import { signedRepository, type SignedRepository } from './signed-repository.ts';

export const TOKEN = 'a-token-of-more-than-thirty-two-characters';
export const SESSION = '0123456789abcdef0123456789abcdef';

export interface Publishing {
  readonly directory: string;
  readonly scene: Scene;
  readonly repository: SignedRepository;
  readonly put: (
    file: string,
    body: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  readonly commit: (
    headers?: Readonly<Record<string, string>>,
    session?: string,
  ) => Promise<Answer>;
  readonly putAll: (files: ReadonlyMap<string, Uint8Array>, session?: string) => Promise<void>;
}

/** Tells a test what it needs to publish over the network, and sees to it that the server itself made no fault. */
export async function publishing(
  t: ExecutionContext,
  check: (publishing: Publishing) => Promise<void>,
  limits: Partial<UploadLimits> = {},
): Promise<void> {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-upload-'));
  const directory = path.join(folder.path, 'repository');
  await mkdir(directory);
  const tokenFile = path.join(folder.path, 'token');
  await writeFile(tokenFile, `${TOKEN}\n`);
  const repository = signedRepository();
  await using scene = await serveDirectory(directory, {
    upload: uploadHandler({
      directory,
      rights: { tokenFile, certificateNames: [] },
      check: checkSignedFrom(repository.root),
      limits: { ...DEFAULT_LIMITS.upload, ...limits },
      chunkMs: DEFAULT_LIMITS.chunkMs,
      metrics: serveMetrics(),
    }),
  });
  const authorization = { Authorization: `Bearer ${TOKEN}` };
  const send = (address: string, body: Uint8Array | string, headers: object) =>
    ask(scene.port, `/upload/${address}`, {
      method: 'PUT',
      body,
      headers: { ...authorization, 'Content-Length': String(Buffer.byteLength(body)), ...headers },
    });
  await check({
    directory,
    scene,
    repository,
    put: (file, body, headers = {}) => send(`${SESSION}/${file}`, body, headers),
    commit: (headers = {}, session = SESSION) =>
      ask(scene.port, `/upload/${session}/commit`, {
        method: 'POST',
        headers: { ...authorization, ...headers },
      }),
    putAll: async (files, session = SESSION) => {
      for (const [file, bytes] of files) {
        t.is((await send(`${session}/${file}`, bytes, {})).status, 201, file);
      }
    },
  });
  t.deepEqual(scene.faults, []);
}

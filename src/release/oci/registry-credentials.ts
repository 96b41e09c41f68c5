import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { BasicCredentials } from './registry-auth.ts';

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional(),
});

/**
 * The credentials for a registry in a docker `config.json` (or podman's `auth.json`): its `auth` fields alone, no
 * credential helper is run. Undefined when the file or the registry is not there: anonymous access is tried.
 * @throws KubeosError USAGE when the file is none
 */
export async function loadCredentials(
  file: string,
  registry: string,
): Promise<BasicCredentials | undefined> {
  const text = await readOrNothing(file);
  if (text === undefined) return undefined;
  const parsed = dockerConfig.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new KubeosError('USAGE', `${file} is not a docker config.json`, {
      hint: 'it is written by `docker login` and `skopeo login --authfile`',
    });
  }
  const auths = new Map(Object.entries(parsed.data.auths ?? {}));
  return keysFor(registry)
    .map((key) => auths.get(key)?.auth)
    .find((auth) => auth !== undefined && auth !== '');
}

/** The forms in which tools have written a registry's name. */
function keysFor(registry: string): readonly string[] {
  const hosts = registry === 'docker.io' ? ['docker.io', 'index.docker.io'] : [registry];
  return hosts.flatMap((host) => [
    host,
    ...['', '/', '/v1/', '/v2/'].map((path) => `https://${host}${path}`),
  ]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readOrNothing(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

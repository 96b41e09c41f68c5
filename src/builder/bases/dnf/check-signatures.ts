import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { checkSignaturesCommands } from './dnf-commands.ts';
import type { DnfRequest, FetchedRpm } from './dnf-request.ts';
import type { DnfSettings } from './dnf-settings.ts';

/**
 * Every package is signed by the key of the very repository that it comes from, and undamaged. dnf checks too, but
 * with the keys of all repositories together.
 * @throws KubeosError BUILD_CHECK_FAILED naming the packages
 */
export async function checkSignatures(
  packages: readonly FetchedRpm[],
  request: DnfRequest,
  settings: DnfSettings,
): Promise<void> {
  const strange = packages.filter(({ repository }) => !settings.keys.has(repository));
  if (strange[0] !== undefined) throw notSigned(strange, strange[0].repository);
  for (const [id, key] of settings.keys) {
    const own = packages.filter(({ repository }) => repository === id);
    if (own.length > 0) await checkRepository(own, { id, key, request });
  }
}

async function checkRepository(
  packages: readonly FetchedRpm[],
  { id, key, request }: { readonly id: string; readonly key: string; readonly request: DnfRequest },
): Promise<void> {
  const keyring = keyringOf(request.workDirectory, id);
  await mkdir(keyring);
  const { commands } = request;
  const files = packages.map((one) => one.path);
  const [importKey, check] = checkSignaturesCommands(keyring, key, files);
  try {
    await commands.run(importKey);
    const { stdout } = await commands.run(check);
    const good = new Set(
      stdout.split('\n').map((line) => /^(.*): digests signatures OK$/.exec(line)?.[1]),
    );
    const bad = packages.filter((one) => !good.has(one.path));
    if (bad.length > 0) throw notSigned(bad, id);
  } finally {
    await rm(keyring, { recursive: true, force: true });
  }
}

export function keyringOf(workDirectory: string, id: string): string {
  return path.join(workDirectory, `keyring-${id}`);
}

function notSigned(packages: readonly FetchedRpm[], id: string): KubeosError {
  const names = packages.map(({ name, version, arch }) => `${name}-${version}.${arch}`);
  const shown = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return new KubeosError(
    'BUILD_CHECK_FAILED',
    `not signed by the key of repository ${id}, or damaged: ${shown}${more}`,
    {
      hint: `gpgKey of repository ${id} must hold the key that signs its packages; unsigned ones are never installed`,
    },
  );
}

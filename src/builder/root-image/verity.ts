import { createHash } from 'node:crypto';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { uuidOf } from '../../disk/uuid.ts';

const BLOCK = 4096;

export interface Verity {
  /** Lower-case hex of the SHA-256 root hash. */
  readonly rootHash: string;
  readonly salt: string;
  /** Bytes; where the hash tree's superblock begins, which is the size of the file system. */
  readonly hashOffset: number;
}

/**
 * Appends the dm-verity hash tree to a file system image. The salt depends on the image's name and not
 * on its version: then unchanged blocks keep their hashes and an upgrade carries little of the tree.
 */
export async function appendVerity(
  image: string,
  settings: VeritySettings,
  commands: Commands,
): Promise<Verity> {
  const result = await commands.run(formatVerity(image, settings));
  const rootHash = /^Root hash:\s+([0-9a-f]{64})$/m.exec(result.stdout)?.[1];
  if (rootHash === undefined) {
    throw new KubeosError('BUILD_CHECK_FAILED', `veritysetup gave no root hash:\n${result.stdout}`);
  }
  await commands.run(verifyVerity(image, { ...settings, rootHash }));
  return { rootHash, salt: saltOf(settings.seed), hashOffset: settings.sizeBytes };
}

export interface VeritySettings {
  /** Of the file system; the hash tree begins behind it. */
  readonly sizeBytes: number;
  readonly seed: string;
}

export function formatVerity(image: string, settings: VeritySettings): Command {
  const args = [
    'format',
    `--salt=${saltOf(settings.seed)}`,
    `--uuid=${uuidOf(settings.seed, 'verity')}`,
    `--data-blocks=${settings.sizeBytes / BLOCK}`,
    ...offsetOf(settings),
  ];
  return { tool: 'veritysetup', args: [...args, image, image] };
}

export function verifyVerity(
  image: string,
  { sizeBytes, rootHash }: Pick<VeritySettings, 'sizeBytes'> & { readonly rootHash: string },
): Command {
  return {
    tool: 'veritysetup',
    args: ['verify', ...offsetOf({ sizeBytes }), image, image, rootHash],
  };
}

const saltOf = (seed: string): string =>
  createHash('sha256').update(`${seed}/verity-salt`).digest('hex');

const offsetOf = ({ sizeBytes }: Pick<VeritySettings, 'sizeBytes'>): string[] => [
  `--hash-offset=${sizeBytes}`,
];

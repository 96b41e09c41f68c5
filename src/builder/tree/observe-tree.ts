import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { findOsRelease } from '../inventory/load-os-release.ts';
import type { AccountFiles } from './accounts.ts';

/** What planning needs to know of an extracted root file system. */
export interface ObservedTree {
  readonly accounts: AccountFiles;
  readonly osRelease: string;
  readonly units: ReadonlySet<string>;
  /** Versions that have both a kernel and modules, oldest name first. */
  readonly kernels: readonly Kernel[];
  readonly hasSshKeygen: boolean;
}

export interface Kernel {
  readonly version: string;
  /** Path inside the image. */
  readonly path: string;
}

export const UNIT_DIRECTORIES = [
  'usr/lib/systemd/system',
  'lib/systemd/system',
  'etc/systemd/system',
];

export async function observeTree(tree: string, commands: Commands): Promise<ObservedTree> {
  const [units, kernels] = await Promise.all([unitsOf(tree), kernelsOf(tree)]);
  return {
    accounts: await accountsOf(tree, commands),
    osRelease: (await findOsRelease(tree))?.text ?? '',
    units,
    kernels,
    hasSshKeygen: await exists(path.join(tree, 'usr/bin/ssh-keygen')),
  };
}

export const SECRETS = { shadow: 'etc/shadow', gshadow: 'etc/gshadow' } as const;

async function accountsOf(tree: string, commands: Commands): Promise<AccountFiles> {
  return {
    passwd: await textOf(tree, 'etc/passwd'),
    group: await textOf(tree, 'etc/group'),
    shadow: await secretOf(tree, SECRETS.shadow, commands),
    gshadow: await secretOf(tree, SECRETS.gshadow, commands),
  };
}

async function textOf(tree: string, file: string): Promise<string> {
  const full = path.join(tree, file);
  return (await exists(full)) ? await readFile(full, 'utf8') : '';
}

/** shadow belongs to a subordinate id and nobody else may read it: uid 0 of the namespace can. */
async function secretOf(tree: string, file: string, commands: Commands): Promise<string> {
  const full = path.join(tree, file);
  if (!(await exists(full))) return '';
  return (await commands.run(readSecret(full))).stdout;
}

export function readSecret(file: string): Command {
  return inNamespace({ tool: 'cat', args: [file], hasSecretOutput: true });
}

async function unitsOf(tree: string): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(UNIT_DIRECTORIES.map((part) => namesIn(path.join(tree, part))));
  return new Set(lists.flat().filter((name) => /\.[a-z]+$/.test(name)));
}

async function kernelsOf(tree: string): Promise<Kernel[]> {
  const versions = await namesIn(path.join(tree, 'usr/lib/modules'));
  const kernels = await Promise.all(versions.toSorted().map((version) => kernelOf(tree, version)));
  return kernels.filter((kernel) => kernel !== undefined);
}

async function kernelOf(tree: string, version: string): Promise<Kernel | undefined> {
  const places = [
    `/boot/vmlinuz-${version}`,
    `/usr/lib/modules/${version}/vmlinuz`,
    `/boot/Image-${version}`,
  ];
  for (const place of places) {
    if (await exists(path.join(tree, place))) return { version, path: place };
  }
  return undefined;
}

async function namesIn(directory: string): Promise<string[]> {
  return (await exists(directory)) ? await readdir(directory) : [];
}

async function exists(file: string): Promise<boolean> {
  try {
    const found = await lstat(file);
    if (found.isSymbolicLink()) return !path.isAbsolute(await readlink(file));
    return true;
  } catch {
    return false;
  }
}

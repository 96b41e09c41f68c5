import path from 'node:path';
import type { Converted } from './convert-kbimg.ts';
import type { Kbimg } from './kbimg-schema.ts';
import { parseRepoFile, type RepoFileEntry } from './parse-repo-file.ts';

type Repo = NonNullable<Kbimg['from_repo']>;

/** Name, version, base and packages. */
export function convertBase(kbimg: Kbimg, repoFile: string | undefined): Converted {
  const notes = [
    'kbimg.toml has no name for an image: replace "kubeos-node" if nodes are of several kinds',
  ];
  const repo = kbimg.from_repo;
  if (repo !== undefined) return fromRepo(repo, repoFile, notes);
  const image = kbimg.from_dockerimg?.upgrade_img ?? 'IMAGE';
  return {
    definition: { name: 'kubeos-node', version: '0.1.0', base: { type: 'tar', path: 'os.tar' } },
    notes: [
      ...notes,
      `from_dockerimg: an upgrade image holds the root file system as /os.tar; take it out with \`docker create --name os ${image} x && docker cp os:/os.tar . && docker rm os\``,
    ],
  };
}

function fromRepo(repo: Repo, repoFile: string | undefined, notes: readonly string[]): Converted {
  const version = convertVersion(repo.version);
  const base = dnfBase(repo.repo_path, repoFile);
  return {
    definition: {
      ...{ name: 'kubeos-node', version: version.text },
      ...{ base: base.base, packages: repo.rpmlist ?? [] },
    },
    notes: [...notes, ...version.notes, ...base.notes],
  };
}

function convertVersion(version = '0.1.0'): { text: string; notes: readonly string[] } {
  const text = version.replaceAll(/[^A-Za-z0-9.+~_-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  if (text === version) return { text, notes: [] };
  return { text, notes: [`from_repo.version ${JSON.stringify(version)} is written as ${text}`] };
}

interface ConvertedRepositories {
  readonly base: {
    readonly type: 'dnf';
    readonly release: string;
    readonly repositories: { id: string; baseUrl: string; gpgKey: string }[];
  };
  readonly notes: readonly string[];
}

/** Text that the definition's schema refuses, so that a build does not go on without an answer. */
const TO_BE_WRITTEN = '(to be written)';

function dnfBase(
  repoPath: string | undefined,
  repoFile: string | undefined,
): ConvertedRepositories {
  const entries = repoFile === undefined ? [] : parseRepoFile(repoFile);
  const used = entries.filter((entry) => entry.isEnabled);
  const release = used
    .map((entry) => releaseIn(entry.baseUrl ?? ''))
    .find((name) => name !== undefined);
  return {
    base: {
      type: 'dnf',
      release: release ?? TO_BE_WRITTEN,
      repositories: used.map((entry) => ({
        id: entry.id,
        baseUrl: entry.baseUrl ?? TO_BE_WRITTEN,
        gpgKey: keyFile(entry),
      })),
    },
    notes: [
      ...(repoFile === undefined
        ? [
            `base.repositories: write those of ${repoPath ?? 'repo_path'}, each with id, baseUrl and gpgKey`,
          ]
        : []),
      ...(release === undefined ? ['base.release: write the $releasever of the repositories'] : []),
      ...used.flatMap(entryNotes),
    ],
  };
}

function releaseIn(url: string): string | undefined {
  return /openEuler-(\d+\.\d+(?:-LTS)?(?:-SP\d+)?)/i.exec(url)?.[1];
}

function keyFile(entry: RepoFileEntry): string {
  const key = entry.gpgKey;
  if (key === undefined) return TO_BE_WRITTEN;
  return key.startsWith('file://') ? key.slice('file://'.length) : `keys/${path.basename(key)}`;
}

function entryNotes(entry: RepoFileEntry): string[] {
  const { id, gpgKey, baseUrl } = entry;
  return [
    ...(baseUrl === undefined
      ? [`repository ${id}: has no baseurl; write baseUrl (mirror lists are not taken)`]
      : []),
    ...(gpgKey === undefined
      ? [
          `repository ${id}: has no gpgkey; packages are only taken with a signature, so name its key`,
        ]
      : []),
    ...(gpgKey !== undefined && /^https?:/.test(gpgKey)
      ? [`repository ${id}: download ${gpgKey} to ${keyFile(entry)} and compare its fingerprint`]
      : []),
    ...(entry.checksSignatures
      ? []
      : [`repository ${id}: signatures were not checked (gpgcheck); they are here`]),
  ];
}

import { GRUB_DIRECTORY, grubFiles, type GrubImages } from '../../disk/grub-images.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import { planAccounts, identityOf } from './accounts.ts';
import { planDefinitionFiles, type SourceTree } from './definition-files.ts';
import type { ObservedTree } from './observe-tree.ts';
import { planOsIdentity } from './os-identity.ts';
import { planReadOnlySystem } from './read-only-system.ts';
import { planSshHostKeys } from './ssh-host-keys.ts';
import { planState } from './state-files.ts';
import { planAgent, type AgentFiles } from './agent.ts';
import { planTrust, type TrustFiles } from './trust.ts';
import { rootDirectory, rootFile, type TreeEntry } from './tree-entry.ts';
import { planTrialDeadlines } from './trial-deadlines.ts';

/** Files of the build host that go into the image, read before planning. */
export interface LoadedFiles {
  readonly sources: SourceTree;
  readonly trust: TrustFiles;
  readonly grub: GrubImages;
  /** The agent's program; null leaves the image without one. */
  readonly agent: AgentFiles | null;
}

/** What a build adds to the root file system. Later entries win, so that a definition's files have the last word. */
export function planTree(
  definition: ImageDefinition,
  observed: ObservedTree,
  loaded: LoadedFiles,
): TreeEntry[] {
  const accounts = planAccounts(definition.users, observed.accounts);
  const passwd = textOf(accounts, '/etc/passwd') ?? observed.accounts.passwd;
  const group = textOf(accounts, '/etc/group') ?? observed.accounts.group;
  return [
    ...planOsIdentity(definition, observed.osRelease),
    ...planReadOnlySystem(definition, homesThatLast(definition, passwd)),
    ...planTrialDeadlines(definition),
    ...planState(definition),
    ...planSshHostKeys(observed.hasSshKeygen),
    ...planTrust(definition, loaded.trust),
    ...planAgent(loaded.agent, definition),
    ...planGrub(loaded.grub),
    ...accounts,
    ...planDefinitionFiles(definition.files, loaded.sources, {
      ...observed.accounts,
      passwd,
      group,
    }),
  ];
}

/** An upgrade brings its GRUB with it. */
function planGrub(grub: GrubImages): TreeEntry[] {
  const files = [...grubFiles(grub)];
  return [
    rootDirectory(GRUB_DIRECTORY),
    ...files.map(([name, content]) => rootFile(`${GRUB_DIRECTORY}/${name}`, content)),
  ];
}

function textOf(entries: readonly TreeEntry[], path: string): string | undefined {
  const entry = entries.find((candidate) => candidate.path === path);
  return entry?.kind === 'file' ? String(entry.content) : undefined;
}

/** Homes are for people to write to; they are kept on persist where the definition makes any. */
function homesThatLast(definition: ImageDefinition, passwd: string): string[] {
  const homes = definition.users.map((user) => identityOf(passwd, user.name)?.home ?? '/');
  return homes.some((home) => home.startsWith('/home/')) ? ['/home'] : [];
}

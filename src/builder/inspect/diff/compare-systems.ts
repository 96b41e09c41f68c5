import type { SlotConfiguration } from '../../../disk/slot-files.ts';
import type { RootReport, UnitsReport } from '../image-report.ts';
import { compareAccounts, type Accounts } from './compare-accounts.ts';
import { compareFiles, type HashedTree } from './compare-files.ts';
import { compareLists, hasChanged } from './compare-lists.ts';
import { comparePackages } from './compare-packages.ts';
import type { DiffFacts, ImageDiff, ListChange, SystemSummary } from './image-diff.ts';
import { judgeUpgrade } from './judge-upgrade.ts';
import type { EtcRule } from './kept-by-nodes.ts';

/** One of the two systems, observed; sizes are bytes. */
export interface ComparedSystem {
  readonly path: string;
  readonly release: SlotConfiguration | null;
  readonly root: RootReport | null;
  readonly files: HashedTree | null;
  readonly accounts: Accounts;
  readonly etc: EtcRule;
  readonly hasVerity: boolean | null;
  readonly imageSize: number | null;
  readonly capacity: number | null;
  /** A line for each partition; none where there is no disk. */
  readonly layout: readonly string[];
  /** What inspecting it found wrong. */
  readonly faults: readonly string[];
}

/** The comparison by itself: the same two systems give the same difference. */
export function compareSystems(before: ComparedSystem, after: ComparedSystem): ImageDiff {
  const facts = {
    before: summaryOf(before),
    after: summaryOf(after),
    kernelArguments: compareArguments(before, after),
    layout: compareLayouts(before.layout, after.layout),
    accounts: compareAccounts(before.accounts, after.accounts),
    files:
      before.files === null || after.files === null
        ? null
        : compareFiles(before.files, after.files),
    ...compareRoots(before.root, after.root),
  };
  const diff = { ...facts, isSame: isSame(facts) };
  return { ...diff, consequences: judgeUpgrade(diff, after.etc) };
}

function isSame(facts: Omit<DiffFacts, 'isSame'>): boolean {
  const { before, after, files, kernelArguments } = facts;
  // A release is named by its digest, so an equal one needs no look at the files.
  if (before.release !== null && before.release === after.release)
    return (files ?? []).length === 0;
  return (
    before.release === after.release &&
    before.fileSystem === after.fileSystem &&
    before.hasVerity === after.hasVerity &&
    files?.length === 0 &&
    !hasChanged(kernelArguments)
  );
}

const NO_CHANGE: ListChange = { added: [], removed: [] };

/** Where one is not known there is nothing to say, rather than that all of the other is new. */
function compareRoots(
  before: RootReport | null,
  after: RootReport | null,
): Pick<DiffFacts, 'kernels' | 'units' | 'packages'> {
  if (before === null || after === null) {
    const units = { present: NO_CHANGE, started: NO_CHANGE, masked: NO_CHANGE };
    return { kernels: NO_CHANGE, packages: [], units };
  }
  return {
    kernels: compareLists(before.kernels, after.kernels),
    packages: comparePackages(before.packages, after.packages),
    units: {
      present: compareLists(before.units.present, after.units.present),
      started: compareLists(startedBy(before.units), startedBy(after.units)),
      masked: compareLists(before.units.masked, after.units.masked),
    },
  };
}

const startedBy = ({ enabled, builtIn }: UnitsReport): string[] => [...enabled, ...builtIn];

function summaryOf({ path, release, root, ...system }: ComparedSystem): SystemSummary {
  const { hasVerity, imageSize, capacity, faults } = system;
  const known = { path, hasVerity, imageSize, capacity, faults };
  return { ...known, ...rootSummary(root), ...releaseSummary(release) };
}

function rootSummary(
  root: RootReport | null,
): Pick<SystemSummary, 'name' | 'version' | 'fileSystem' | 'contents'> {
  if (root === null) return { name: '', version: '', fileSystem: null, contents: null };
  const { os, fileSystem, contents } = root;
  const [name = '', version = ''] = [os['IMAGE_ID'], os['IMAGE_VERSION']];
  return { name, version, fileSystem: fileSystem.type, contents };
}

/** The release says its version itself, so that it is known without the root image. */
function releaseSummary(
  release: ComparedSystem['release'],
): Pick<SystemSummary, 'epoch' | 'securityFloor' | 'release'> & { readonly version?: string } {
  if (release === null) return { epoch: null, securityFloor: null, release: null };
  const { epoch, securityFloor, version } = release;
  return { epoch, securityFloor, version, release: release.release };
}

/** Only where both say how they are booted. */
function compareArguments(before: ComparedSystem, after: ComparedSystem): ListChange {
  if (before.release === null || after.release === null) return NO_CHANGE;
  return compareLists(before.release.kernelArguments, after.release.kernelArguments);
}

function compareLayouts(before: readonly string[], after: readonly string[]): ListChange {
  if (before.length === 0 || after.length === 0) return NO_CHANGE;
  return compareLists(before, after);
}

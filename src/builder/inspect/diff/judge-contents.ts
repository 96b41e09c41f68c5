import type { Consequence, DiffFacts, FileState } from './image-diff.ts';
import { keptByNodes, type EtcRule } from './kept-by-nodes.ts';

/** What changes in the files, as far as somebody should know it before. */
export function judgeContents(diff: DiffFacts, etc: EtcRule): Consequence[] {
  return [
    ...judgePackages(diff),
    ...judgePrivileges(diff),
    ...judgeAccounts(diff),
    ...judgeUnits(diff),
    ...judgeConfiguration(diff, etc),
    ...judgeUnknown(diff),
  ];
}

function judgePackages({ packages }: DiffFacts): Consequence[] {
  const older = packages.filter(({ kind }) => kind === 'downgraded').map(({ name }) => name);
  if (older.length === 0) return [];
  return [{ level: 'attention', subject: 'packages', text: `older than before: ${some(older)}` }];
}

function judgePrivileges({ files }: DiffFacts): Consequence[] {
  const gained = (files ?? [])
    .filter(({ before, after }) => isPrivileged(after) && !isPrivileged(before))
    .map(({ path }) => path);
  if (gained.length === 0) return [];
  const text = `set-user-id, set-group-id or capabilities are new on ${some(gained)}`;
  return [{ level: 'attention', subject: 'privileges', text }];
}

function isPrivileged(state: FileState | null): boolean {
  if (state?.kind !== 'file') return false;
  const isSetId = (Number.parseInt(state.mode, 8) & 0o6000) !== 0;
  return isSetId || state.attributes?.['security.capability'] !== undefined;
}

/** Files on PERSIST belong to numbers, not to names. */
function judgeAccounts({ accounts }: DiffFacts): Consequence[] {
  return accounts
    .filter(({ before, after }) => before !== null && after !== null)
    .map(({ kind, name, before, after }) => ({
      ...{ level: 'attention', subject: 'accounts' },
      text: `${kind} ${name} was ${before} and becomes ${after}: its files on PERSIST keep the old number`,
    }));
}

function judgeUnits({ units }: DiffFacts): Consequence[] {
  const lists = [
    ['started at boot', units.started.added],
    ['no longer started', units.started.removed],
    ['masked', units.masked.added],
    ['no longer masked', units.masked.removed],
  ] as const;
  return lists
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => ({
      ...{ level: 'attention', subject: 'units' },
      text: `${what}: ${names.join(', ')}`,
    }));
}

function judgeConfiguration({ files }: DiffFacts, etc: EtcRule): Consequence[] {
  const subject = '/etc';
  const changed = (files ?? [])
    .filter(
      ({ path, before, after }) =>
        path.startsWith('/etc/') && (after ?? before)?.kind !== 'directory',
    )
    .map(({ path }) => path);
  if (changed.length === 0) return [];
  const kept = keptByNodes(changed, etc);
  const count = changed.length === 1 ? '1 file differs' : `${changed.length} files differ`;
  return [
    { level: 'fact', subject, text: count },
    ...(kept.length === 0
      ? []
      : [
          {
            level: 'attention',
            subject,
            text: `a node with its own copy keeps it: ${some(kept)}`,
          } as const,
        ]),
  ];
}

function judgeUnknown({ files }: DiffFacts): Consequence[] {
  if (files !== null) return [];
  const text = 'not compared: one of the two comes without its root image';
  return [{ level: 'attention', subject: 'files', text }];
}

const SHOWN = 5;

function some(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

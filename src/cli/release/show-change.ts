import type { ChangedRepository } from '../../release/repository/change-repository.ts';
import type { CliContext } from '../command-spec.ts';

export interface ShownChange {
  /** The change in one line. */
  readonly what: string;
  readonly json: boolean;
  readonly context: CliContext;
}

/** @returns the exit code: that nothing had to be changed is as good */
export function showChange(
  { repository, isChanged }: ChangedRepository,
  { what, json, context }: ShownChange,
): number {
  const { version, expires } = repository.timestamp;
  const state = { isChanged, timestamp: { version, expires } };
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'RepositoryChange', what, ...state };
  const text = `${what}${isChanged ? '' : '  (it was so already)'}\n`;
  context.stdout.write(json ? `${JSON.stringify(result)}\n` : text);
  return 0;
}

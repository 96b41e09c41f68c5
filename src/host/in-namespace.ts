import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from './commands.ts';
import { parseSubordinateIds, type IdRange } from './subordinate-ids.ts';

/**
 * Wraps a command so that it runs as uid 0 of a new user namespace with the caller's subordinate ids, in
 * mount and PID namespaces of its own. Nothing it mounts reaches the host, and when it ends, or the
 * calling process dies, the kernel ends every process in it (unshare(1) `--kill-child`).
 */
export function inNamespace(command: Command): Command {
  const args = [
    ...['--user', ...mapArguments(), '--map-root-user', '--mount', '--pid', '--fork'],
    ...['--kill-child', '--mount-proc', '--', command.tool, ...command.args],
  ];
  return { ...command, tool: 'unshare', args };
}

/**
 * Ids 1 and up are the caller's subordinate ones. Not `--map-auto`: for root, util-linux 2.38 takes the first
 * line of /etc/subuid, whoever it belongs to. Without a range the command fails and says so; `kubeos doctor` knows why.
 */
function mapArguments(): string[] {
  const users = rangeIn('/etc/subuid');
  const groups = rangeIn('/etc/subgid');
  if (users === undefined || groups === undefined) return ['--map-auto'];
  return [`--map-users=${asMap(users)}`, `--map-groups=${asMap(groups)}`];
}

/** Outer id, inner id, count; the last id is left out, so that no inner id exceeds 65535. */
const asMap = ({ first, count }: IdRange): string => `${first},1,${Math.min(count, 65_536) - 1}`;

function rangeIn(file: string): IdRange | undefined {
  const { username, uid } = userInfo();
  try {
    return parseSubordinateIds(readFileSync(file, 'utf8'), { username, uid });
  } catch {
    return undefined;
  }
}

import type { Command } from './commands.ts';

/**
 * Wraps a command so that it runs as uid 0 of a new user namespace with the caller's subordinate ids, in
 * mount and PID namespaces of its own. Nothing it mounts reaches the host, and when it ends, or the
 * calling process dies, the kernel ends every process in it (unshare(1) `--kill-child`).
 */
export function inNamespace(command: Command): Command {
  const args = [
    ...['--user', '--map-auto', '--map-root-user', '--mount', '--pid', '--fork'],
    ...['--kill-child', '--mount-proc', '--', command.tool, ...command.args],
  ];
  return { ...command, tool: 'unshare', args };
}

import type { CommandRunner } from './command-runner.ts';

/**
 * Tells systemd that the agent is ready, and from then on that it is alive (sd_notify(3), WATCHDOG=1): one that hangs is
 * killed and started again. systemd-notify speaks for it: Node has no datagram sockets of that kind.
 */
export async function tellReady(run: CommandRunner, status: string): Promise<Disposable> {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog } = process.env;
  if (socket === undefined) return { [Symbol.dispose]: () => undefined };
  await run('systemd-notify', ['--ready', `--status=${status}`]);
  const timer = setInterval(
    // One that is not told is missed only when two more are.
    () => void run('systemd-notify', ['WATCHDOG=1']).catch(() => undefined),
    watchdog === undefined ? NEVER_MS : Number(watchdog) / 1000 / 3,
  );
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const NEVER_MS = 2 ** 30;

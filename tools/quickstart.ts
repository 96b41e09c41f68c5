import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Builds the minimal image and boots it: on a terminal to a console, otherwise until the login prompt.
const root = fileURLToPath(new URL('..', import.meta.url));
const isTerminal = process.stdin.isTTY && process.stdout.isTTY;

kubeos('build', 'fixtures/images/minimal/kubeos.yaml', '--out', 'out/minimal');
kubeos('boot', 'out/minimal/disk.raw', ...(isTerminal ? [] : ['--until-login']));

function kubeos(...args: string[]): void {
  const { status } = spawnSync(process.execPath, ['bin/kubeos.ts', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

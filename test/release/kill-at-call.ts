import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before a program (`node --import`): ends it by SIGKILL just before its KUBEOS_KILL_AT-th call that changes a file
// system or flushes it. One that comes to its end says on stdout how many it made.
const killAt = Number(process.env['KUBEOS_KILL_AT']);
let calls = 0;

export type Functions = Record<string, (...args: unknown[]) => unknown>;

/** Counts these calls, and ends the program before the one that was named. */
export function counted(holder: Functions, names: readonly string[]): void {
  for (const name of names) {
    const original = holder[name];
    if (original === undefined) throw new Error(`there is no ${name}`);
    holder[name] = function call(this: unknown, ...args: unknown[]): unknown {
      calls += 1;
      if (calls === killAt) process.kill(process.pid, 'SIGKILL');
      return original.apply(this, args);
    };
  }
}

counted(fs as unknown as Functions, ['rename', 'link', 'unlink', 'rm', 'mkdir', 'writeFile']);
{
  await using handle = await fs.open('/dev/null');
  const methods = ['write', 'writev', 'writeFile', 'truncate', 'sync', 'datasync'];
  counted(Object.getPrototypeOf(handle) as Functions, methods);
}
syncBuiltinESMExports();
process.on('exit', () => process.stdout.write(`${calls} calls`));

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildFetch {
  readonly address: string;
  readonly digest: string;
  readonly output: string;
  readonly script?: string;
  readonly nodeFlags?: readonly string[];
  /** SIGKILL after so many blocks. */
  readonly killAfterBlocks?: number;
  /** SIGKILL after so many milliseconds. */
  readonly killAfterMs?: number;
}

const CHILD = fileURLToPath(new URL('fetch-child.ts', import.meta.url));

/** One fetch in a process of its own. @returns its last line, or null when it was killed */
export async function fetchInChild(given: ChildFetch): Promise<string | null> {
  const { address, digest, output, nodeFlags = [], killAfterBlocks = Infinity } = given;
  const { script = CHILD } = given;
  const child = spawn(process.execPath, [...nodeFlags, script, address, digest, output], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), given.killAfterMs ?? 600_000);
  let last = '';
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    lines += 1;
    if (lines >= killAfterBlocks) child.kill('SIGKILL');
  }
  const [, signal] = (await exit) as [number | null, string | null];
  clearTimeout(timer);
  return signal === 'SIGKILL' ? null : last;
}

import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { hostCommands } from '../../host/run-commands.ts';

/** Where tools/bootstrap.mjs puts one where the host has none that is new enough. */
const INSTALLED = path.join(homedir(), '.cache/kubeos/go/go/bin/go');
const commands = hostCommands({ signal: new AbortController().signal });

/** A Go that fetches the toolchain which a module asks for: from 1.21 on. */
export async function locateGo(): Promise<string> {
  const { stdout } = await commands
    .run({ tool: 'go', args: ['env', 'GOVERSION'] })
    .catch(() => ({ stdout: '' }));
  const [, minor = '0'] = /^go1\.(\d+)/.exec(stdout) ?? [];
  if (Number(minor) >= 21) return 'go';
  await access(INSTALLED).catch((cause: unknown) => {
    throw new Error('no Go 1.21 or newer: run `node tools/bootstrap.mjs --test`', { cause });
  });
  return INSTALLED;
}

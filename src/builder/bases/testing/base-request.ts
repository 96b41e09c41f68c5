import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { hostCommands } from '../../../host/run-commands.ts';
import type { Base } from '../../definition/base-schema.ts';
import type { BaseRequest } from '../base.ts';

/** A request to make `base` in a test's own directory; each `output` has a work directory of its own. */
export async function testRequest<Kind extends Base>(
  base: Kind,
  directory: string,
  output = 'root.tar',
): Promise<BaseRequest<Kind>> {
  const workDirectory = path.join(directory, `work-${output}`);
  await mkdir(workDirectory, { recursive: true });
  const { signal } = new AbortController();
  return {
    ...{ base, directory, workDirectory, signal, commands: hostCommands({ signal }) },
    ...{ arch: 'amd64', packages: [], output: path.join(directory, output), epoch: 1_700_000_000 },
  };
}

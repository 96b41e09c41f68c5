import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hostCommands } from '../../src/host/run-commands.ts';
import { startControlPlane } from './control-plane.ts';
import { IMAGE } from './installed.ts';

const KUBEOS = fileURLToPath(new URL('../../bin/kubeos.ts', import.meta.url));
const commands = hostCommands({ signal: new AbortController().signal });

test('what kubeos install prints can be applied, again without a change, and taken away', async (t) => {
  await using cluster = await startControlPlane();
  const args = [KUBEOS, 'install', '--image', IMAGE];
  const { stdout } = await commands.run({ tool: process.execPath, args });
  const file = path.join(cluster.folder, 'kubeos.yaml');
  await writeFile(file, stdout);
  await cluster.kubectl(['apply', '--server-side', '-f', file]);
  // Exit code 1 where there is a difference.
  const { stdout: difference } = await cluster.kubectl(['diff', '--server-side', '-f', file]);
  t.is(difference, '');
  const { stderr } = await cluster.kubectl(['apply', '--server-side', '-f', file]);
  // What the server finds questionable it says here.
  t.is(stderr, '');
  await cluster.kubectl(['delete', '--wait=false', '-f', file]);
});

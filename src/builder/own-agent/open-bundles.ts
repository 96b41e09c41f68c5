import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Commands } from '../../host/commands.ts';
import { openScratch, type Scratch } from '../../host/open-scratch.ts';

/** `agent`: agent.cjs, all that the node agent is made of; `kubeos`: a folder with this program in a few files. */
export type BundleName = 'agent' | 'kubeos';

/**
 * The folder with the bundles. A package brings them. Sources that are run as they are may have changed a moment ago:
 * there they are made for each use, so that none is older than what it is made of.
 */
export async function openBundles(
  names: readonly BundleName[],
  commands: Commands,
): Promise<Scratch> {
  if (!import.meta.url.endsWith('.ts')) {
    const shipped = fileURLToPath(new URL('../../../bundles', import.meta.url));
    return { path: shipped, [Symbol.asyncDispose]: async () => undefined };
  }
  await using undo = new AsyncDisposableStack();
  const scratch = undo.use(await openScratch(tmpdir()));
  const workingDirectory = path.dirname(fileURLToPath(import.meta.resolve('#package')));
  const args = ['tools/write-bundles.ts', scratch.path, ...names];
  await commands.run({ tool: process.execPath, args, workingDirectory });
  undo.move();
  return scratch;
}

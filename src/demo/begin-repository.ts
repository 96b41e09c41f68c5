import { cp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TIMESTAMP_PATH } from '../release/metadata/repository-path.ts';
import type { OwnProgram } from './own-program.ts';

/**
 * Keys are made once, because images trust them; the repository is each time an empty one. What was stopped while they
 * were made is finished: `kubeos repository init` goes on where it was, and writes the timestamp last.
 */
export async function beginRepository(folder: string, run: OwnProgram['run']): Promise<void> {
  const at = (name: string): string => path.join(folder, name);
  const empty = at('empty-repository');
  const hasKeys = await isThere(at('keys/root.json'));
  // It would be one of other keys.
  if (!hasKeys) await rm(empty, { recursive: true, force: true });
  if (!(await isThere(path.join(empty, TIMESTAMP_PATH)))) {
    await run(['repository', 'init', 'empty-repository', '--keys', 'keys']);
  }
  await rm(at('repository'), { recursive: true, force: true });
  await cp(empty, at('repository'), { recursive: true });
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

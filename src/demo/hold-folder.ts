import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../errors.ts';
import { holdLock } from '../host/hold-lock.ts';

export interface DemoFolder extends AsyncDisposable {
  /** For what servers and machines say; empty. What is in it stays until the next demonstration begins. */
  readonly logs: string;
}

/**
 * The folder of a demonstration, which it has for itself.
 *
 * @throws KubeosError USAGE while another one has it
 */
export async function holdFolder(folder: string): Promise<DemoFolder> {
  await mkdir(folder, { recursive: true });
  const lock = await holdLock(folder);
  if (lock === undefined) {
    throw new KubeosError('USAGE', `another demonstration goes on in ${folder}`, {
      hint: 'wait until it has ended, or stop it; in another folder (--folder) images can be built meanwhile, but one demonstration at a time can serve them',
    });
  }
  await using undo = new AsyncDisposableStack();
  undo.use(lock);
  const logs = path.join(folder, 'logs');
  await rm(logs, { recursive: true, force: true });
  await mkdir(logs);
  const held = undo.move();
  return { logs, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

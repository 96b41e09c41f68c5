import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KubeosError } from '../../errors.ts';

/**
 * One process at a time, until it is disposed of. Node has no lock of its own; SQLite takes one of fcntl(2), of which the
 * kernel lets go when the process ends, however that happens. Only root may open the file: an abstract socket (unix(7)) could be
 * held by any pod in the network of the host.
 *
 * @throws KubeosError REFUSED where another process has it
 */
export async function holdAlone(file: string): Promise<Disposable> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '', { flag: 'wx', mode: 0o600 }).catch(exists);
  const lock = new DatabaseSync(file);
  try {
    // A journal on the disk would need room; nothing is ever written.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw isBusy(cause) ? underWay(cause) : cause;
  }
  return lock;
}

function exists(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

/** SQLITE_BUSY */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === 5;

const underWay = (cause: unknown): KubeosError =>
  new KubeosError('REFUSED', 'another configuration is under way', {
    cause,
    hint: 'wait for its end',
  });

import type { SFTPWrapper } from 'ssh2';
import { KubeosError } from '../../errors.ts';

type Refuse = (error: Error) => void;

/** Calls that wait for an answer, by connection; none where it ended. */
const waiting = new WeakMap<SFTPWrapper, Set<Refuse>>();

/** To be called when a connection is there, and `end` when it ended: ssh2 never answers what it is asked after that. */
export function watchCalls(sftp: SFTPWrapper): { readonly end: () => void } {
  const calls = new Set<Refuse>();
  waiting.set(sftp, calls);
  return {
    end() {
      waiting.delete(sftp);
      for (const refuse of calls) refuse(ended());
    },
  };
}

/** Calls of ssh2 that end in a callback, as promises. @throws KubeosError NETWORK, HOST_NOT_READY; what says that a file is missing */
export async function act(
  sftp: SFTPWrapper,
  start: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  await ask<unknown>(sftp, (done) => start((error) => done(error ?? undefined, undefined)));
}

export async function ask<Value>(
  sftp: SFTPWrapper,
  start: (done: (error: Error | undefined, value: Value) => void) => void,
): Promise<Value> {
  const calls = waiting.get(sftp);
  if (calls === undefined) throw ended();
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  calls.add(reject);
  try {
    start((error, value) => {
      if (error === undefined || error === null) resolve(value);
      else reject(named(error));
    });
    return await promise;
  } finally {
    calls.delete(reject);
  }
}

/** Opens a file, and closes it after `use`. */
export async function withHandle<Result>(
  sftp: SFTPWrapper,
  { file, flags }: { readonly file: string; readonly flags: 'r' | 'r+' | 'wx' },
  use: (handle: Buffer) => Promise<Result>,
): Promise<Result> {
  const handle = await ask<Buffer>(sftp, (done) => sftp.open(file, flags, done));
  try {
    return await use(handle);
  } finally {
    await act(sftp, (done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

/** Draft 02, 7: no such file, and unsupported, are answers that decide something here. */
const ANSWERS: ReadonlySet<unknown> = new Set([2, 8]);
const PERMISSION_DENIED = 3;

function named(error: Error): Error {
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code !== 'number' || ANSWERS.has(code)) return error;
  if (code === PERMISSION_DENIED) {
    return new KubeosError('HOST_NOT_READY', `the SFTP server refuses: ${error.message}`, {
      cause: error,
      hint: 'give the user that right there, or name another directory',
    });
  }
  return new KubeosError('NETWORK', `the SFTP server says: ${error.message}`, {
    cause: error,
    hint: 'see whether its disk is full, then run the same command again',
  });
}

function ended(): KubeosError {
  return new KubeosError('NETWORK', 'the connection to the SFTP server ended', {
    hint: 'run the same command again; nothing of this change is visible yet',
  });
}

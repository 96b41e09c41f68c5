import type { SFTPWrapper } from 'ssh2';

/** Calls of ssh2 that end in a callback, as promises. */
export async function act(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return await new Promise((resolve, reject) => {
    start((error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

export async function ask<Value>(
  start: (done: (error: Error | undefined, value: Value) => void) => void,
): Promise<Value> {
  return await new Promise((resolve, reject) => {
    start((error, value) => {
      if (error === undefined || error === null) resolve(value);
      else reject(error);
    });
  });
}

/** Opens a file, and closes it after `use`. */
export async function withHandle<Result>(
  sftp: SFTPWrapper,
  { file, flags }: { readonly file: string; readonly flags: 'r' | 'r+' | 'wx' },
  use: (handle: Buffer) => Promise<Result>,
): Promise<Result> {
  const handle = await ask<Buffer>((done) => sftp.open(file, flags, done));
  try {
    return await use(handle);
  } finally {
    await act((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

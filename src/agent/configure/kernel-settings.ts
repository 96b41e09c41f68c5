import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { keyParts } from '../../configuration/key-parts.ts';
import { KubeosError } from '../../errors.ts';

/** The settings of the running kernel, by their names with dots. */
export interface KernelSettings {
  /** Null for one that this kernel does not have. */
  read(name: string): Promise<string | null>;
  /** @throws KubeosError COMMAND_FAILED where the kernel does not take the value */
  write(name: string, value: string): Promise<void>;
}

/** `/proc/sys`, or a folder that stands for it. */
export function kernelSettings(directory: string): KernelSettings {
  const fileOf = (name: string): string | null => {
    const parts = keyParts('kernel.sysctl', name);
    return parts === null ? null : path.join(directory, ...parts);
  };
  return {
    read: async (name) => {
      const file = fileOf(name);
      return file === null ? null : await readFile(file, 'utf8').catch(unreadable);
    },
    write: async (name, value) => {
      const file = fileOf(name);
      if (file === null) throw new KubeosError('INTERNAL', `${name} is no kernel setting`);
      await writeOnce(file, `${value}\n`).catch((cause: unknown) => {
        const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
        const message = `the kernel does not take ${value} for ${name} (${reason})`;
        throw new KubeosError('COMMAND_FAILED', message, { cause });
      });
    },
  };
}

/** The kernel judges each write(2) by itself; O_TRUNC and O_CREAT mean nothing there. */
async function writeOnce(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.truncate(0).catch(() => undefined);
  await handle.write(text, 0);
}

/** Missing, a directory, or one that can only be written. */
function unreadable(error: unknown): null {
  const isOfSystem = error instanceof Error && 'code' in error;
  if (isOfSystem && ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EIO'].includes(String(error.code))) {
    return null;
  }
  throw error;
}

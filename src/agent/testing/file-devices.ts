import path from 'node:path';
import type { NodeDevices } from '../node/find-node-disk.ts';

/** A node's devices, for which the files `boot`, `a` and `b` of a folder stand; slot A runs, and GRUB said nothing. */
export function fileDevices(directory: string): NodeDevices {
  const at = (name: string): string => path.join(directory, name);
  return {
    ...{ booted: 'A', disk: at('disk'), boot: at('boot'), root: { A: at('a'), B: at('b') } },
    ...{ biosBoot: null, grub: null, triesArguments: false },
  };
}

import path from 'node:path';
import { buildModule } from '../../src/demo/go/build-module.ts';

const NAME = 'status-readers';

/** How others read an OS object (status-readers.test.ts): a program that says it. */
export async function locateStatusReaders(): Promise<string> {
  return path.join(await buildModule({ folder: NAME, programs: { [NAME]: '.' } }), NAME);
}

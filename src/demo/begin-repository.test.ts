import { mkdtempDisposable, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { beginRepository } from './begin-repository.ts';
import { NO_OVERSIGHT } from './oversight.ts';
import { ownProgram } from './own-program.ts';

const ENVIRONMENT = { KUBEOS_PASSPHRASE: 'of no other use' };

test('a beginning that was stopped is finished, and keys that images trust stay', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-begin-'));
  const at = (name: string): string => path.join(dir.path, name);
  const asked: string[] = [];
  const { run } = ownProgram({
    ...{ folder: dir.path, oversight: NO_OVERSIGHT, environment: ENVIRONMENT },
    say: (line) => asked.push(line),
  });
  const begin = async (): Promise<string> => {
    await beginRepository(dir.path, run);
    t.true((await readdir(at('repository/metadata'))).includes('timestamp.json'));
    return await readFile(at('keys/root.json'), 'utf8');
  };
  const first = await begin();
  t.is(await begin(), first);
  t.is(asked.length, 1);
  // Stopped while the repository was written, then before the root of trust was.
  await rm(at('empty-repository/metadata/timestamp.json'));
  t.is(await begin(), first);
  await rm(at('keys/root.json'));
  t.not(await begin(), first);
  t.is(asked.length, 3);
});

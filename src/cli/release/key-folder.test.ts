import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { Command } from '../../host/commands.ts';
import { loadKeyFolder } from './key-folder.ts';

test('a command that signs has the environment of whoever signs, but no secret of ours', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-keys-'));
  const publicKey = 'ab'.repeat(32);
  const signers = { signers: [{ publicKey, command: ['sign-with-kms'] }] };
  await writeFile(path.join(dir.path, 'signers.yaml'), JSON.stringify(signers));
  process.env['KMS_TEST_CREDENTIALS'] = 'of the user';
  process.env['KUBEOS_PASSPHRASE'] = 'ours alone';
  const asked: Command[] = [];
  const { signers: loaded } = await loadKeyFolder({
    directory: dir.path,
    ask: async () => 'never asked',
    commands: {
      run: async (command) => {
        asked.push(command);
        return { stdout: 'cd'.repeat(64), stderr: '', exitCode: 0 };
      },
    },
  });
  await loaded[0]?.sign(Buffer.from('payload'));
  const [{ environment = {} } = {}] = asked;
  t.is(environment['KMS_TEST_CREDENTIALS'], 'of the user');
  t.false(Object.hasOwn(environment, 'KUBEOS_PASSPHRASE'));
});

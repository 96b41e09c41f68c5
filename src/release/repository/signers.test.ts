import { createPublicKey } from 'node:crypto';
import { mkdtempDisposable, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { passphraseFrom } from './ask-passphrase.ts';
import { commandSigner } from './command-signer.ts';
import { createKeyFile, openKeyFile } from './key-file.ts';
import { isSignature, publicHex, signChecked } from './signer.ts';
import { testKey } from './testing/test-keys.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-key-'));
const payload = Buffer.from('{"_type":"timestamp"}');
const ask = async () => 'correct horse battery staple';

test('a key file signs with its passphrase, and only its owner reads it', async (t) => {
  await using dir = await temporary();
  const file = path.join(dir.path, 'targets.key');
  const publicKey = await createKeyFile(file, ask);
  const signer = await openKeyFile(file, ask);
  t.is(signer.publicKey, publicKey);
  t.true(isSignature(publicKey, payload, await signChecked(signer, payload)));
  t.is((await stat(file)).mode & 0o777, 0o600);
  await t.throwsAsync(
    openKeyFile(file, async () => 'another passphrase'),
    { code: 'USAGE' },
  );
  await t.throwsAsync(createKeyFile(file, ask), { code: 'USAGE', message: /exists already/ });
});

const commands = hostCommands({ signal: new AbortController().signal });

async function openssl(...args: readonly string[]): Promise<string> {
  return (await commands.run({ tool: 'openssl', args })).stdout;
}

test('openssl reads a key file, and sees scrypt', async (t) => {
  await using dir = await temporary();
  const file = path.join(dir.path, 'root.key');
  const publicKey = await createKeyFile(file, ask);
  const pem = await openssl('pkey', '-in', file, '-passin', `pass:${await ask()}`, '-pubout');
  t.is(publicHex(createPublicKey(pem)), publicKey);
  t.regex(await openssl('asn1parse', '-in', file), /scrypt/i);
});

test('a short passphrase, and a key that lies open, are refused', async (t) => {
  await using dir = await temporary();
  const file = path.join(dir.path, 'root.key');
  await t.throwsAsync(
    createKeyFile(file, async () => 'short'),
    { code: 'USAGE' },
  );
  await openssl('genpkey', '-algorithm', 'ed25519', '-out', file);
  await t.throwsAsync(openKeyFile(file, ask), { code: 'USAGE', message: /not an encrypted/ });
});

test('a passphrase comes from a file, an environment variable or a prompt', async (t) => {
  await using dir = await temporary();
  const file = path.join(dir.path, 'passphrase');
  await writeFile(file, 'from a file\n');
  const variable = 'KUBEOS_TEST_PASSPHRASE_OF_SIGNERS';
  process.env[variable] = 'from the environment';
  t.is(await passphraseFrom({ kind: 'file', file })('k'), 'from a file');
  t.is(await passphraseFrom({ kind: 'environment', variable })('k'), 'from the environment');
  t.is(
    await passphraseFrom({ kind: 'prompt', prompt: async (text) => text })('k'),
    'Passphrase for k: ',
  );
  await t.throwsAsync(passphraseFrom({ kind: 'environment', variable: `${variable}_2` })('k'), {
    code: 'USAGE',
  });
});

/** What stands in front of a KMS: reads the payload, prints hex. */
const program = (sign: string): string => `
  import { readFileSync } from 'node:fs';
  import { testKey } from '${import.meta.resolve('./testing/test-keys.ts')}';
  const payload = readFileSync(0);
  ${sign}
`;

test('an external program signs, its signature is checked, and what is none is refused', async (t) => {
  await using dir = await temporary();
  const { publicKey } = testKey('kms');
  const signed = async (body: string) => {
    const file = path.join(dir.path, `${body.length}.mjs`);
    await writeFile(file, program(body));
    return await signChecked(
      commandSigner({ command: [process.execPath, file], publicKey, commands }),
      payload,
    );
  };
  const by = (word: string) =>
    `console.log(Buffer.from(await testKey('${word}').sign(payload)).toString('hex'));`;
  t.is((await signed(by('kms'))).length, 64);
  await t.throwsAsync(signed(by('another')), { code: 'COMMAND_FAILED', message: /another key/ });
  await t.throwsAsync(signed('console.log("no");'), { code: 'COMMAND_FAILED' });
  await t.throwsAsync(signed('process.exit(3);'), { code: 'COMMAND_FAILED' });
});

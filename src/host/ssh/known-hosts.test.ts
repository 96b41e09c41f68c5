import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { fingerprintOf, isHostKey, knownKeyTypes, type HostKeyRule } from './known-hosts.ts';

const key = Buffer.from(
  'AAAAC3NzaC1lZDI1NTE5AAAAIGjmNLGpHbd4Kg7q7d0jZbEZ5u1Xb0bXq3FhK0tZbW5D',
  'base64',
);
const other = Buffer.from('another key');
const text = key.toString('base64');
const known = (...lines: string[]): HostKeyRule => ({
  kind: 'known hosts',
  text: lines.join('\n'),
});
const host = { host: 'images.example', port: 22 };
const onPort = { host: 'images.example', port: 2222 };

test('a host is known by its name, its port, a pattern or a hash of its name', (t) => {
  t.true(isHostKey(known(`images.example ssh-ed25519 ${text} comment`), host, key));
  t.true(isHostKey(known(`a,Images.Example ssh-ed25519 ${text}`), host, key));
  t.true(isHostKey(known(`*.example ssh-ed25519 ${text}`), host, key));
  t.true(isHostKey(known(`[images.example]:2222 ssh-ed25519 ${text}`), onPort, key));
});

test('a host is known by the hash that ssh-keygen makes of its name', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-known-'));
  const file = path.join(dir.path, 'known_hosts');
  await writeFile(file, `[images.example]:2222 ssh-ed25519 ${text}\n`);
  const { signal } = new AbortController();
  await hostCommands({ signal }).run({ tool: 'ssh-keygen', args: ['-q', '-H', '-f', file] });
  const hashed = await readFile(file, 'utf8');
  t.regex(hashed, /^\|1\|/);
  t.true(isHostKey(known(hashed), onPort, key));
  t.false(isHostKey(known(hashed), host, key));
});

test('another key, another host, another port, and a revoked key are not known', (t) => {
  const line = `images.example ssh-ed25519 ${text}`;
  t.false(isHostKey(known(line), host, other));
  t.false(isHostKey(known(line), onPort, key));
  t.false(isHostKey(known(line), { ...host, host: 'images-example' }, key));
  t.false(isHostKey(known(`!images.example,* ssh-ed25519 ${text}`), host, key));
  t.false(isHostKey(known(`# ${line}`), host, key));
  t.false(isHostKey(known(`@cert-authority ${line}`), host, key));
  t.false(isHostKey(known(line, `@revoked * ssh-ed25519 ${text}`), host, key));
  t.false(isHostKey(known(''), host, key));
});

test('a fingerprint is the whole of it', (t) => {
  const fingerprint = fingerprintOf(key);
  t.true(isHostKey({ kind: 'fingerprint', fingerprint }, host, key));
  t.false(isHostKey({ kind: 'fingerprint', fingerprint: fingerprint.slice(0, 20) }, host, key));
  t.false(isHostKey({ kind: 'fingerprint', fingerprint: '' }, host, key));
});

test('a server is asked for a kind of key that is known', (t) => {
  const lines = [
    `images.example ssh-rsa ${text}`,
    `* ecdsa-sha2-nistp256 ${text}`,
    `b ssh-ed25519 x`,
  ];
  t.deepEqual(knownKeyTypes(known(...lines), host), ['ssh-rsa', 'ecdsa-sha2-nistp256']);
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Certificates {
  readonly ca: Buffer;
  /** For localhost. */
  readonly server: KeyPair;
  readonly client: KeyPair;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** An authority of this test's own, and what it signed. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const at = (name: string): string => path.join(directory, name);
  const ca = ['-subj', '/CN=test CA', '-addext', 'keyUsage=critical,keyCertSign'];
  await run('openssl', [
    'req',
    '-x509',
    ...NEW_KEY,
    ...ca,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  ]);
  const sign = async (name: string, subject: string): Promise<KeyPair> => {
    const names = ['-subj', subject, '-addext', 'subjectAltName=DNS:localhost'];
    const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca.key')];
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
    await run('openssl', ['req', '-x509', ...NEW_KEY, ...names, ...authority, ...files]);
    return { cert: await readFile(at(`${name}.pem`)), key: await readFile(at(`${name}.key`)) };
  };
  return {
    ca: await readFile(at('ca.pem')),
    server: await sign('server', '/CN=localhost'),
    client: await sign('client', '/CN=node'),
  };
}

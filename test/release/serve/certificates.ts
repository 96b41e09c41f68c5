import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of the test, by openssl. @returns its PEM files */
export function makeAuthority(folder: string, name: string): KeyPair {
  const pair = filesOf(folder, name);
  openssl([
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', pair.key, '-out', pair.certificate, '-days', '2', '-subj', `/CN=${name}`],
  ]);
  return pair;
}

/** A certificate that the authority signed, for localhost, by whatever name: 10.0.2.2 is what QEMU's guests call it. */
export function makeCertificate(folder: string, name: string, authority: KeyPair): KeyPair {
  const pair = filesOf(folder, name);
  const request = path.join(folder, `${name}.csr`);
  const extensions = path.join(folder, `${name}.ext`);
  writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,IP:10.0.2.2,DNS:localhost\n');
  openssl([
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', pair.key, '-out', request, '-subj', `/CN=${name}`],
  ]);
  openssl([
    ...['x509', '-req', '-in', request, '-CA', authority.certificate, '-CAkey', authority.key],
    ...['-CAcreateserial', '-days', '2', '-extfile', extensions, '-out', pair.certificate],
  ]);
  return pair;
}

function filesOf(folder: string, name: string): KeyPair {
  return { certificate: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

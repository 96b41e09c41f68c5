import { createCipheriv, randomBytes, scryptSync } from 'node:crypto';

/** 16 MiB and five passes: half a second for a guess, and within the 32 MiB that OpenSSL gives to scrypt by itself. */
const SCRYPT = { N: 2 ** 14, r: 8, p: 5 } as const;

const OID_PBES2 = '06092a864886f70d01050d';
const OID_SCRYPT = '06092b06010401da47040b';
const OID_AES256_CBC = '060960864801650304012a';

/**
 * PKCS #8 DER of a private key, encrypted (RFC 8018 PBES2 with scrypt as of RFC 7914, section 7, and AES-256-CBC), as
 * PEM. node:crypto reads this form, as does `openssl pkey`, but writes only PBKDF2.
 */
export function encryptedKey(pkcs8: Uint8Array, passphrase: string): string {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', scryptSync(passphrase, salt, 32, SCRYPT), iv);
  const secret = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  const derivation = sequence(
    Buffer.from(OID_SCRYPT, 'hex'),
    sequence(octets(salt), integer(SCRYPT.N), integer(SCRYPT.r), integer(SCRYPT.p)),
  );
  const encryption = sequence(Buffer.from(OID_AES256_CBC, 'hex'), octets(iv));
  const scheme = sequence(Buffer.from(OID_PBES2, 'hex'), sequence(derivation, encryption));
  return pem(sequence(scheme, octets(secret)));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

/** DER (X.690): tag, length, content; all lengths here are below 64 KiB. */
function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, Buffer.concat(parts));
const octets = (bytes: Uint8Array): Buffer => element(0x04, bytes);

/** A positive INTEGER has a leading zero where its first bit is set. */
function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

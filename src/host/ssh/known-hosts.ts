import { createHash, createHmac } from 'node:crypto';

/** How a server's key is recognised; it always is. */
export type HostKeyRule =
  /** Text of known_hosts files, in the order in which ssh reads them. */
  | { readonly kind: 'known hosts'; readonly text: string }
  /** `SHA256:` and base64, as `ssh-keygen -l` prints it. */
  | { readonly kind: 'fingerprint'; readonly fingerprint: string };

export interface HostName {
  readonly host: string;
  readonly port: number;
}

/** Whether this is the key of that host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). `key` is the blob of RFC 4253, 6.6. */
export function isHostKey(rule: HostKeyRule, name: HostName, key: Uint8Array): boolean {
  if (rule.kind === 'fingerprint')
    return fingerprintOf(key) === rule.fingerprint.replace(/=+$/, '');
  const lines = linesFor(rule.text, name).filter((line) => line.key === base64(key));
  return lines.length > 0 && lines.every(({ marker }) => marker === '');
}

/** Types of the keys that are known for a host, `ssh-ed25519`: the server is asked for one of these. */
export function knownKeyTypes(rule: HostKeyRule, name: HostName): readonly string[] {
  if (rule.kind === 'fingerprint') return [];
  const lines = linesFor(rule.text, name).filter(({ marker }) => marker === '');
  return [...new Set(lines.map(({ type }) => type))];
}

export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

interface KnownLine {
  /** `@revoked`, or nothing. Certificate authorities are not followed. */
  readonly marker: string;
  readonly patterns: string;
  readonly type: string;
  readonly key: string;
}

function linesFor(text: string, { host, port }: HostName): readonly KnownLine[] {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  return text
    .split('\n')
    .flatMap((line) => parseLine(line) ?? [])
    .filter(({ patterns, marker }) => marker !== '@cert-authority' && matches(patterns, name));
}

function parseLine(line: string): KnownLine | null {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') === true ? (words.shift() ?? '') : '';
  const [patterns = '', type = '', key = ''] = words;
  return patterns.startsWith('#') || key === '' ? null : { marker, patterns, type, key };
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return isHashOf(patterns, name);
  const all = patterns.toLowerCase().split(',');
  const isMatch = (pattern: string): boolean => matchesGlob(pattern, name);
  if (all.some((pattern) => pattern.startsWith('!') && isMatch(pattern.slice(1)))) return false;
  return all.some(isMatch);
}

/** `|1|SALT|HMAC-SHA1 of the name` */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', expected = ''] = hashed.split('|');
  const hash = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
  return hash === expected;
}

/** `*` and `?` (ssh_config(5), PATTERNS). */
function matchesGlob(pattern: string, name: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = escaped.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

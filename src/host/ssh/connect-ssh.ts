import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { KubeosError } from '../../errors.ts';
import { fingerprintOf, isHostKey, knownKeyTypes, type HostKeyRule } from './known-hosts.ts';

/** Who logs in where. */
export interface SshLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: HostKeyRule;
  /** Socket of an ssh-agent (SSH_AUTH_SOCK). */
  readonly agent?: string;
  /** Private key, as OpenSSH or PEM; and its passphrase. */
  readonly privateKey?: string | Buffer;
  readonly passphrase?: string;
  /** What leads there, where that is no connection of this host's own: a channel of a jump host. */
  readonly through?: Duplex;
}

const READY_MS = 30_000;
/** Three that go unanswered end the connection. */
const KEEPALIVE_MS = 15_000;

/**
 * Logs in at a server whose key is known, always.
 *
 * @throws KubeosError UNTRUSTED when the host key is not known, NETWORK
 */
export async function connectSsh(login: SshLogin): Promise<Client> {
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  let refusal: KubeosError | undefined;
  client.on('ready', () => resolve(client));
  // It stays: an error after the connection was made is told by whoever waits for an answer.
  client.on('error', reject);
  client.on('close', () => reject(new Error('the server closed the connection')));
  promise.catch(() => undefined);
  try {
    // Throws where a key cannot be read.
    client.connect({
      ...settingsOf(login),
      hostVerifier: (key: Buffer) => {
        const isKnown = isHostKey(login.hostKey, login, key);
        if (!isKnown) refusal = unknownHost(login, key);
        return isKnown;
      },
    });
    return await promise;
  } catch (cause) {
    client.destroy();
    throw refusal ?? unreachable(login, cause);
  }
}

function settingsOf(login: SshLogin): ConnectConfig {
  const { host, port, user, agent, privateKey, passphrase, through } = login;
  const types = hostKeyAlgorithms(login);
  return {
    host,
    port,
    username: user,
    readyTimeout: READY_MS,
    keepaliveInterval: KEEPALIVE_MS,
    ...(agent === undefined ? {} : { agent }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(through === undefined ? {} : { sock: through }),
    ...(types.length === 0 ? {} : { algorithms: { serverHostKey: types } }),
  };
}

/** Only what is known: of several keys a server would show another one first. */
function hostKeyAlgorithms(login: SshLogin): ServerHostKeyAlgorithm[] {
  const types = knownKeyTypes(login.hostKey, login);
  return ALGORITHMS.filter(({ type }) => types.includes(type)).map(({ algorithm }) => algorithm);
}

const ALGORITHMS: readonly { readonly type: string; readonly algorithm: ServerHostKeyAlgorithm }[] =
  [
    { type: 'ssh-ed25519', algorithm: 'ssh-ed25519' },
    { type: 'ecdsa-sha2-nistp256', algorithm: 'ecdsa-sha2-nistp256' },
    { type: 'ecdsa-sha2-nistp384', algorithm: 'ecdsa-sha2-nistp384' },
    { type: 'ecdsa-sha2-nistp521', algorithm: 'ecdsa-sha2-nistp521' },
    { type: 'ssh-rsa', algorithm: 'rsa-sha2-512' },
    { type: 'ssh-rsa', algorithm: 'rsa-sha2-256' },
  ];

function unknownHost({ host, port }: SshLogin, key: Buffer): KubeosError {
  return new KubeosError(
    'UNTRUSTED',
    `the key of ${host}:${port}, ${fingerprintOf(key)}, is not the one that is known`,
    { hint: 'compare it with what the server says by itself, then add it to known_hosts' },
  );
}

function unreachable({ host, port, user }: SshLogin, cause: unknown): KubeosError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const isLogin = /authentication/i.test(why);
  return new KubeosError('NETWORK', `${user}@${host}:${port} cannot be reached by SSH: ${why}`, {
    cause,
    hint: isLogin
      ? 'give a key that the server takes, or load it into ssh-agent'
      : 'check address and port, then run the same command again',
  });
}

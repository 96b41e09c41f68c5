import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { KubeosError } from '../errors.ts';
import type { SshLogin } from '../host/ssh/connect-ssh.ts';
import type { HostKeyRule } from '../host/ssh/known-hosts.ts';
import { readGiven } from './release/read-given.ts';

export interface SshOptions {
  readonly sshKey?: string | undefined;
  readonly hostKey?: string | undefined;
}

/**
 * Who logs in at `ssh://USER@HOST:PORT`, as ssh would: the agent's keys or the one given, and only to a server whose key
 * is known.
 *
 * @throws KubeosError USAGE
 */
export async function sshLogin(address: URL, { sshKey, hostKey }: SshOptions): Promise<SshLogin> {
  const { username, password, hostname, port } = address;
  if (password !== '') {
    throw new KubeosError('USAGE', 'a password in an address is seen by everybody on this host', {
      hint: 'use a key: ssh-agent, or --ssh-key',
    });
  }
  const { SSH_AUTH_SOCK: agent, KUBEOS_SSH_PASSPHRASE: passphrase } = process.env;
  return {
    // An address of IPv6 stands in brackets in a URL only.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 22 : Number(port),
    user: username === '' ? userInfo().username : decodeURIComponent(username),
    hostKey:
      hostKey === undefined ? await knownHosts() : { kind: 'fingerprint', fingerprint: hostKey },
    ...(sshKey === undefined ? {} : { privateKey: await readGiven('ssh-key', sshKey) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(agent === undefined ? {} : { agent }),
  };
}

/** `USER@HOST:PORT`, of which HOST is enough. @throws KubeosError USAGE */
export function sshAddress(option: string, text: string): URL {
  const address = URL.parse(`ssh://${text}`);
  if (address !== null && address.hostname !== '' && address.pathname === '') return address;
  throw new KubeosError('USAGE', `${option} ${text} is no address`, {
    hint: 'USER@HOST, or USER@HOST:PORT',
  });
}

/** As ssh reads them, now. */
export async function knownHosts(): Promise<HostKeyRule> {
  const files = [path.join(homedir(), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'];
  const texts = await Promise.all(
    files.map(async (file) => await readFile(file, 'utf8').catch(() => '')),
  );
  return { kind: 'known hosts', text: texts.join('\n') };
}

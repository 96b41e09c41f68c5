import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { HostKeyRule } from '../../release/repository/known-hosts.ts';
import type { SftpStoreOptions } from '../../release/repository/sftp-store.ts';
import { readGiven } from './read-given.ts';

export interface SftpOptions {
  readonly sshKey?: string | undefined;
  readonly hostKey?: string | undefined;
}

/**
 * Who logs in where, as ssh would: the agent's keys or the one given, and only to a server whose key is known.
 *
 * @throws KubeosError USAGE
 */
export async function sftpLogin(address: URL, options: SftpOptions): Promise<SftpStoreOptions> {
  const { username, password, hostname: host, port, pathname } = address;
  if (password !== '') {
    throw new KubeosError('USAGE', 'a password in an address is seen by everybody on this host', {
      hint: 'use a key: ssh-agent, or --ssh-key',
    });
  }
  const { sshKey, hostKey } = options;
  const { SSH_AUTH_SOCK: agent, KUBEOS_SSH_PASSPHRASE: passphrase } = process.env;
  return {
    host,
    port: port === '' ? 22 : Number(port),
    user: username === '' ? userInfo().username : decodeURIComponent(username),
    directory: decodeURIComponent(pathname),
    hostKey:
      hostKey === undefined ? await knownHosts() : { kind: 'fingerprint', fingerprint: hostKey },
    ...(sshKey === undefined ? {} : { privateKey: await readGiven('ssh-key', sshKey) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(agent === undefined ? {} : { agent }),
  };
}

async function knownHosts(): Promise<HostKeyRule> {
  const files = [path.join(homedir(), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'];
  const texts = await Promise.all(
    files.map(async (file) => await readFile(file, 'utf8').catch(() => '')),
  );
  return { kind: 'known hosts', text: texts.join('\n') };
}

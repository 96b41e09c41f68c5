import type { SFTPWrapper } from 'ssh2';
import { connectSsh, type SshLogin } from '../../host/ssh/connect-ssh.ts';
import { KubeosError } from '../../errors.ts';
import { watchCalls } from './sftp-calls.ts';

export interface SftpConnection {
  readonly sftp: SFTPWrapper;
  close(): void;
}

/** @throws KubeosError UNTRUSTED when the host key is not known, NETWORK */
export async function connectSftp(login: SshLogin): Promise<SftpConnection> {
  const client = await connectSsh(login);
  // Requests are small and wait for each other: nothing is gained by collecting them (Nagle).
  client.setNoDelay(true);
  const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
  client.on('close', () => reject(new Error('the server closed the connection')));
  client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)));
  try {
    const sftp = await promise;
    const { end } = watchCalls(sftp);
    client.on('close', end);
    return { sftp, close: () => client.end() };
  } catch (cause) {
    client.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('NETWORK', `${login.host}:${login.port} speaks no SFTP: ${why}`, {
      cause,
      hint: 'enable the SFTP subsystem of its SSH server',
    });
  }
}

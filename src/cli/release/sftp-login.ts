import type { SftpStoreOptions } from '../../release/repository/sftp-store.ts';
import { sshLogin, type SshOptions } from '../ssh-login.ts';

/** Who logs in where, and where the repository is there. @throws KubeosError USAGE */
export async function sftpLogin(address: URL, options: SshOptions): Promise<SftpStoreOptions> {
  return {
    ...(await sshLogin(address, options)),
    directory: decodeURIComponent(address.pathname),
  };
}

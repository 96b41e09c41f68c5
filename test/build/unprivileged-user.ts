import { chown, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { commands, ROOT } from '../boot/testbed.ts';

export interface UnprivilegedUser {
  readonly home: string;
  /** The command as this user, without any capability. */
  readonly wrap: (tool: string, args: readonly string[]) => readonly string[];
}

const NAME = 'kubeos-tester';

/** Another user than the one who runs the tests, where root runs them; otherwise that one, who is unprivileged already. */
export async function asUnprivilegedUser(directory: string): Promise<UnprivilegedUser> {
  const home = path.join(directory, 'home');
  await mkdir(home);
  if (userInfo().uid !== 0) return { home, wrap: (tool, args) => [tool, ...args] };
  await makeUser();
  const { uid, gid } = await idsOf(NAME);
  await chown(home, uid, gid);
  const drop = [
    '--reuid',
    String(uid),
    '--regid',
    String(gid),
    '--clear-groups',
    '--inh-caps=-all',
  ];
  const checkout = path.join(directory, 'checkout');
  await mkdir(checkout);
  const enter = ['unshare', '--mount', 'sh', '-c', BIND, 'bind', ROOT, checkout];
  return {
    home,
    wrap: (...command) => {
      const words = command.flat().map((word) => word.replace(ROOT, `${checkout}/`));
      return [...enter, 'env', `HOME=${home}`, 'setpriv', ...drop, ...words];
    },
  };
}

/** The checkout where this user can reach it: root's own may lie below /root, which nobody else may enter. */
const BIND = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';

/** adduser(8)'s defaults give it a range of subordinate ids; 9: it is there already. */
async function makeUser(): Promise<void> {
  await commands.run({ tool: 'useradd', args: ['--no-create-home', NAME], successCodes: [0, 9] });
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const { stdout } = await commands.run({ tool: 'getent', args: ['passwd', name] });
  const [, , uid, gid] = stdout.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

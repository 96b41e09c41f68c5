import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { hostCommands, locateTool } from '../../src/host/run-commands.ts';

export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** A line for known_hosts. */
  readonly knownHost: string;
  readonly fingerprint: string;
  /** A private key that it takes. */
  readonly privateKey: Buffer;
  /** How many came so far. */
  readonly connections: () => number;
}

/** A folder as those who log in see it: this host plays several, each with something else there. */
export interface SeenFolder {
  readonly folder: string;
  readonly at: string;
}

/**
 * OpenSSH's own sshd and sftp-server: one process per connection (`sshd -i`), so that no port has to be guessed.
 *
 * @param seen needs root
 */
export async function startSshd(folder: string, seen?: SeenFolder): Promise<Sshd> {
  const file = (name: string): string => path.join(folder, name);
  const commands = hostCommands({ signal: new AbortController().signal });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of ['host', 'login']) {
    await commands.run({
      tool: 'ssh-keygen',
      args: ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)],
    });
  }
  await writeFile(file('sshd_config'), configuration(file));
  const program = await locateTool('sshd');
  // As root it gives up rights in this folder, which Debian makes when the machine starts.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    const [command = program, ...args] = [
      ...(seen === undefined ? [] : [...WITH_MOUNT, seen.folder, seen.at]),
      ...[program, '-i', '-e', '-f', file('sshd_config')],
    ];
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    for (const stream of [socket, child.stdin, child.stdout]) stream.on('error', () => undefined);
    socket.on('close', () => child.kill());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const publicKey = (await readFile(file('host.pub'), 'utf8')).trim();
  const printed = await commands.run({ tool: 'ssh-keygen', args: ['-l', '-f', file('host.pub')] });
  return {
    port,
    user: userInfo().username,
    knownHost: `[127.0.0.1]:${port} ${publicKey}`,
    fingerprint: printed.stdout.split(' ')[1] ?? '',
    privateKey: await readFile(file('login')),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const WITH_MOUNT = [
  ...['unshare', '--mount', 'sh', '-c'],
  ...['mount --bind "$1" "$2" && shift 2 && exec "$@"', 'sh'],
];

function configuration(file: (name: string) => string): string {
  return [
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('login.pub')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'Subsystem sftp /usr/lib/openssh/sftp-server',
    '',
  ].join('\n');
}

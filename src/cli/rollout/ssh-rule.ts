import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { SshRule } from '../../rollout/ssh/ssh-hands.ts';
import { ADDRESS_SOURCES } from '../../rollout/ssh/ssh-node.ts';
import { knownHosts, sshAddress, sshLogin } from '../ssh-login.ts';

export const sshArguments = {
  via: z.enum(['proxy', 'ssh']),
  sshUser: z.string().min(1).optional(),
  sshPort: z.int().min(1).max(65_535),
  sshAddressFrom: z.enum(ADDRESS_SOURCES),
  sshConnections: z.int().min(1).max(256),
  jump: z.array(z.string()).default([]),
  sshKey: z.string().optional(),
  agentSocket: z.string().min(1),
};

type Arguments = z.infer<z.ZodObject<typeof sshArguments>>;

/** How nodes are reached; null where proxies are there. @throws KubeosError USAGE */
export async function sshRule(options: Arguments): Promise<SshRule | null> {
  const { via, sshUser, sshPort, sshAddressFrom, sshConnections, agentSocket } = options;
  if (via === 'proxy') return withoutSsh(options);
  const jumps = options.jump.map(async (text) => {
    return await sshLogin(sshAddress('--jump', text), options);
  });
  // Key, passphrase and ssh-agent are the same everywhere; host and host key are each node's own.
  const login = await sshLogin(new URL('ssh://nodes'), { sshKey: options.sshKey });
  return {
    ...{ addressFrom: sshAddressFrom, remoteSocket: agentSocket, atOnce: sshConnections },
    jumps: await Promise.all(jumps),
    loginAt: async ({ host, user, port }) => ({
      ...{ ...login, host, port: port ?? sshPort, user: user ?? sshUser ?? login.user },
      hostKey: await knownHosts(),
    }),
  };
}

function withoutSsh({ sshUser, sshKey, jump }: Arguments): null {
  if (sshUser === undefined && sshKey === undefined && jump.length === 0) return null;
  throw new KubeosError('USAGE', 'no node is reached by SSH, as it is said', {
    hint: 'add --via ssh, or leave out --ssh-user, --ssh-key and --jump',
  });
}

import { z } from 'zod';
import { COMMANDS as AGENT_COMMANDS } from '../../agent/cli/command-table.ts';
import { runAgentCommand } from '../../agent/cli/main.ts';
import { tunnelToAgent } from '../../rollout/ssh/tunnel-to-agent.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { plainLines } from '../rollout/plain-text.ts';
import { sshAddress, sshLogin } from '../ssh-login.ts';
import { VERSION } from '../version.ts';

const argumentsSchema = z.object({
  address: z.string(),
  release: z.string().default(''),
  digest: z.string().default(''),
  jump: z.array(z.string()).default([]),
  sshKey: z.string().optional(),
  hostKey: z.string().optional(),
  agentSocket: z.string(),
  json: z.boolean(),
});

/**
 * `kubeos node VERB USER@HOST`: what `kubeos-agent VERB` is on that node, with the same options and the same exit
 * codes; of the node only its agent's socket is used.
 */
export const nodeAgentCommand =
  (verb: string): CommandRun =>
  async (args, { signal, stdout, stderr }) => {
    const options = readArguments(argumentsSchema, args);
    const { hostKey, ...same } = options;
    // Hosts on the way have keys of their own.
    const jumps = options.jump.map(
      async (jump) => await sshLogin(sshAddress('--jump', jump), same),
    );
    await using tunnel = await tunnelToAgent({
      login: await sshLogin(sshAddress('address', options.address), { ...same, hostKey }),
      jumps: await Promise.all(jumps),
      remoteSocket: options.agentSocket,
    });
    return await runAgentCommand({
      args: [
        ...[verb, ...[options.release, options.digest].filter((word) => word !== '')],
        ...flagsOf(verb, args),
        ...[...(options.json ? ['--json'] : []), '--socket', tunnel.socket],
      ],
      ...{ version: VERSION, signal },
      stdout: (text) => void stdout.write(options.json ? text : plainLines(text)),
      stderr: (text) => void stderr.write(plainLines(text)),
    });
  };

/** The options of the agent's own command, as they were given to ours. */
function flagsOf(verb: string, args: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(AGENT_COMMANDS[verb]?.options ?? {}).flatMap(([name, { takes }]) => {
    const value = args[name];
    if (takes === undefined) return value === true ? [`--${name}`] : [];
    return typeof value === 'string' ? [`--${name}`, value] : [];
  });
}

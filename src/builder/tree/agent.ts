import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

export const AGENT_PATH = '/usr/bin/kubeos-agent';

/** The agent, compiled to one file, with its units. */
export interface AgentFiles {
  readonly program: Uint8Array;
  /** Text by file name, such as `kubeos-agent.service`. */
  readonly units: ReadonlyMap<string, string>;
}

export async function loadAgentFiles(program: string): Promise<AgentFiles> {
  const directory = path.dirname(
    fileURLToPath(import.meta.resolve('#templates/agent/kubeos-agent.service')),
  );
  const names = (await readdir(directory)).toSorted();
  const texts = await Promise.all(
    names.map(async (name) => await readFile(path.join(directory, name), 'utf8')),
  );
  return {
    program: await readFile(program),
    units: new Map(names.map((name, index) => [name, texts[index] ?? ''])),
  };
}

/** The daemon is enabled; it asks for the rest. */
export function planAgent(agent: AgentFiles | null): TreeEntry[] {
  if (agent === null) return [];
  const units = '/usr/lib/systemd/system';
  return [
    rootFile(AGENT_PATH, agent.program, 0o755),
    ...[...agent.units].map(([name, text]) => rootFile(`${units}/${name}`, text)),
    rootLink(`${units}/multi-user.target.wants/kubeos-agent.service`, '../kubeos-agent.service'),
  ];
}

import type { CommandReader } from '../command-runner.ts';
import { askStatus } from '../client/ask-agent.ts';
import type { PersistPlaces } from '../health/persist-checks.ts';
import { findNodeDisk } from '../node/find-node-disk.ts';
import { WATCHDOG_PLACES } from '../node/find-watchdog.ts';
import { readBootFiles } from '../node/boot-files.ts';
import type { AgentStatus } from '../status.ts';
import type { AgentPlaces } from '../node-places.ts';
import { examineBoot, examineRecords, noDisk } from './examine-disk.ts';
import { examineJournal, examineWatchdog } from './examine-hangs.ts';
import { examinePersist } from './examine-persist.ts';
import { examineClock, examineRoot, examineUnits } from './examine-system.ts';
import { examineTrust } from './examine-trust.ts';
import { failed, good, note, type Finding } from './finding.ts';

export interface NodeToExamine {
  readonly places: AgentPlaces;
  /** Of the agent. */
  readonly socket: string;
  readonly persist: PersistPlaces;
  readonly read: CommandReader;
  readonly now: Date;
}

/** Everything that an upgrade, or coming back from one, depends on; also where no agent runs. Changes nothing. */
export async function examineNode(node: NodeToExamine): Promise<readonly Finding[]> {
  const { places, persist, read, now } = node;
  const examinations = [
    async () => await examineAgent(node.socket),
    async () => await examineUnits(read),
    async () => await examineDisk(places),
    async () => await examineRecords(places.records),
    async () => await examinePersist(persist),
    async () => await examineTrust(places, now),
    async () => await examineRoot(places),
    async () => await examineWatchdog(WATCHDOG_PLACES),
    async () => await examineJournal('/var/log/journal'),
    async () => await examineClock(read, now),
  ];
  const found = examinations.map(
    async (examine) => await examine().catch((error: unknown) => [unexpected(error)]),
  );
  return (await Promise.all(found)).flat();
}

const unexpected = (error: unknown): Finding =>
  failed('this examination', error, 'report it with the output of kubeos-agent doctor --json');

async function examineAgent(socket: string): Promise<readonly Finding[]> {
  try {
    const { agentVersion, booted, slots, grub } = await askStatus(socket);
    const { state, release } = slots[booted];
    const runs = `version ${agentVersion}; slot ${booted} runs ${release?.version ?? 'no known release'}, ${state}`;
    return [good('agent', runs), examineGrub(grub)];
  } catch (error) {
    return [failed('agent', error, 'journalctl -b -u kubeos-agent says why it does not answer')];
  }
}

function examineGrub({ state, message, booted }: AgentStatus['grub']): Finding {
  const found = `${booted ?? 'unknown version'}: ${message}`;
  return state === 'current' ? good('GRUB', found) : note('GRUB', found);
}

async function examineDisk(places: AgentPlaces): Promise<readonly Finding[]> {
  try {
    const devices = await findNodeDisk(places);
    await using boot = await readBootFiles(devices.boot);
    return [good('disk', `${devices.disk}, slot ${devices.booted}`), ...(await examineBoot(boot))];
  } catch (error) {
    return [noDisk(error)];
  }
}

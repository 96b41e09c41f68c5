import { KubeosError } from '../../errors.ts';
import { readEtcLayer, type EtcEntry, type EtcLayer, type EtcPlaces } from './etc-layer.ts';
import { resetEtc } from './reset-etc.ts';
import { leaveNode, settleNode } from './settle-node.ts';

export const ETC_PLACES: EtcPlaces = {
  layer: '/persist/kubeos/etc',
  mode: '/usr/lib/kubeos/etc-mode',
  items: '/usr/lib/kubeos/etc-items',
  shadowed: '/run/kubeos/etc-shadowed',
};

export interface PersistOrder {
  /** `list`, or `reset` and what to reset; `settle` and `leave` are for units. */
  readonly words: readonly string[];
  readonly isDryRun: boolean;
}

/** What is said to a program, and to a person. */
export interface PersistAnswer {
  readonly kind: 'AgentPersist' | 'AgentPersistReset' | 'AgentPersistData';
  readonly said: object;
  readonly text: string;
}

/** `kubeos-agent persist`: needs no running agent. @throws KubeosError USAGE and what `resetEtc` throws */
export async function persistCommand(
  { words, isDryRun }: PersistOrder,
  places: EtcPlaces = ETC_PLACES,
): Promise<PersistAnswer> {
  const [verb = 'list', ...names] = words;
  if (verb === 'settle') return asAnswer(await settleNode());
  if (verb === 'leave') return asAnswer(await leaveNode());
  if (verb === 'list' && names.length === 0) {
    const layer = await readEtcLayer(places);
    return { kind: 'AgentPersist', said: { etc: layer }, text: describeLayer(layer) };
  }
  if (verb !== 'reset' || names.length === 0) {
    throw new KubeosError('USAGE', `persist cannot ${JSON.stringify(words.join(' '))}`, {
      hint: 'kubeos-agent persist list, or kubeos-agent persist reset ITEM…',
    });
  }
  const reset = await resetEtc(names, places, { isDryRun });
  const text = describeReset(reset, isDryRun);
  return { kind: 'AgentPersistReset', said: { reset, isDryRun }, text };
}

const asAnswer = (text: string): PersistAnswer => ({
  ...{ kind: 'AgentPersistData', said: { text }, text },
});

function describeLayer({ mode, entries }: EtcLayer): string {
  const rule =
    mode === 'mutable'
      ? 'all changes of /etc last on this node\n'
      : 'of /etc only named items last on this node\n';
  if (entries.length === 0) return `${rule}nothing was changed\n`;
  return `${rule}${entries.map((entry) => `/etc/${entry.path}  ${wordsOf(entry)}\n`).join('')}`;
}

function wordsOf({ kind, bytes, item, lasts, hidesImage, isReset }: EtcEntry): string {
  return [
    kind === 'removed' ? 'removed on this node' : `${bytes} bytes`,
    ...(kind === 'file' && hidesImage ? ["hides the image's"] : []),
    ...(item === null ? [] : [`item ${item}`]),
    ...(isReset ? ['reset at the next start'] : lasts ? [] : ['lost at the next start']),
  ].join(', ');
}

function describeReset(reset: readonly EtcEntry[], isDryRun: boolean): string {
  const head = isDryRun
    ? 'would be reset at the next start'
    : "the image's again at the next start";
  return `${head}:\n${reset.map(({ path }) => `/etc/${path}\n`).join('')}`;
}

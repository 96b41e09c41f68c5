import { grubStatusSchema } from '../../src/agent/grub/grub-status.ts';
import { operationResultSchema } from '../../src/agent/operations/operation.ts';
import { slotRecordSchema } from '../../src/disk/slot-records.ts';
import { planRollout } from '../../src/rollout/plan/plan-rollout.ts';
import { summarise } from '../../src/rollout/plan/summarise.ts';
import { testFleet } from '../../src/rollout/testing/test-fleet.ts';
import { code } from './markdown.ts';

/** By label, what its values are. */
export type LabelMeanings = Readonly<Record<string, string>>;

const listed = (values: readonly string[]): string => values.map(code).join(', ');

const nobody = testFleet([]);
const STAGES = Object.keys(summarise(nobody, planRollout(nobody, 0), 0).counts);

export const OPERATOR_LABELS: LabelMeanings = {
  component: '`operator`',
  version: 'of kubeos',
  os: 'namespace and name of the OS object: `default/fleet`',
  release: 'the version that is asked for',
  digest: 'of that release',
  condition:
    'type of the condition: `Ready`, `Available`, `Reconciling`, `Stalled`, `Paused`, `Degraded`, `Halted`',
  status: '`True` or `False`',
  phase: `where nodes are: ${listed(STAGES)} ([what each means](crds.md#os-status)); of durations \`prepare\`, \`drain\` or \`switch\``,
  node: 'name of the node',
};

const { kind, outcome } = operationResultSchema.shape;

export const AGENT_LABELS: LabelMeanings = {
  component: '`agent`',
  version: 'of the release in the slot; of GRUB; of the agent',
  slot: '`A` or `B`',
  digest: 'of the release in the slot',
  state: `of a slot: ${listed(slotRecordSchema.shape.state.options)}; of GRUB: ${listed(grubStatusSchema.shape.state.options)} ([what to do](../guides/node-agent.md#grub-itself))`,
  kind: listed(kind.options),
  outcome: listed(outcome.options),
  source:
    '`fetched` from the network, `reused` (right in the slot already), `copied` from the running slot, `written`, `saved` (not fetched, of all that the image has)',
  phase: 'such as `comparing`, `verifying`, `writing`, `reading-back`',
};

export const SERVE_LABELS: LabelMeanings = {
  method: 'of HTTP; `other` for what is none',
  kind: 'what was asked for: `timestamp`, `metadata`, `target`, `upload`, `health`, or `none` of these',
  status: 'of HTTP; 499: the client left',
  reason:
    'why it was closed: `limit` (too many), `header-size`, `header-time`, `malformed`, `broken` (it ended by itself, or TLS failed)',
  step: '`stage` or `commit`',
  result:
    'of uploads: `done`, `refused`; of upstream servers: `found`, `missing`, `failed`, `wrong` (other bytes than were named)',
  origin:
    '`cache`, `upstream`, `joined` (another client had asked already), `stale` (no server answers, and the last one is given), `missing`',
  upstream: 'host and port of the server',
};

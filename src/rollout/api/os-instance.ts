import { z } from 'zod';
import { configurationsSchema } from './configurations.ts';
import { MAX_DAEMON_SETS } from './max-daemon-sets.ts';
import { nodeWords } from './node-words.ts';
import { reportedDrain, toldDrain } from './told-drain.ts';

const target = z.object({ version: z.string(), digest: z.string() });
const time = z.iso.datetime({ offset: true });

/** Where a root file system comes from that is no release; the digest of the target is its checksum. KubeOS's names. */
const plainTar = z.object({
  imageurl: z.string(),
  flagSafe: z.boolean().default(false),
  mtls: z.boolean().default(false),
  cacert: z.string().optional(),
  clientcert: z.string().optional(),
  clientkey: z.string().optional(),
});

const run = z.object({
  /** Of this run: what a proxy says of another one is of the past. */
  id: z.string(),
  kind: z.enum(['upgrade', 'rollback']),
  target,
  from: target.nullable().default(null),
  repository: z.string().default('default'),
  allowed: z.enum(['prepare', 'drain', 'activate']),
  since: z.object({ prepare: time, drain: time.optional(), activate: time.optional() }),
  /** When the run began: a node with the same has not restarted. */
  bootId: z.string(),
  /** So long a healthy node is left to the cluster to let it commit; then it commits by itself. Default: not at all. */
  holdCommitSeconds: z.int().min(0).max(86_400).optional(),
  /** The boot that may be committed: what only the cluster sees of the node is good, too. */
  commitIn: z.string().optional(),
  /** `namespace/name` of those of which a pod was Ready here before the switch: Ready again the node is given back. */
  daemonSets: z.array(z.string()).max(MAX_DAEMON_SETS).optional(),
  /** The proxy cordons and drains its node, where it is let drain; default: the operator does. */
  drain: toldDrain.optional(),
  image: plainTar.optional(),
  /** Where the other slot is recorded good and holds the target, the node goes back to it, and fetches nothing. */
  goesBack: z.literal(true).optional(),
  /** A person has said `retry`: also a node that fell back from the target takes it again. */
  triesAgain: z.literal(true).optional(),
});

const outcome = z.object({
  /** Of the release that the run was for; another rollout does not care. */
  digest: z.string(),
  kind: z.enum([
    'done',
    'failed',
    'fell-back',
    'undone',
    'postponed',
    'quarantined',
    'rolled-back',
  ]),
  run: z.enum(['upgrade', 'rollback']).default('upgrade'),
  at: time,
  from: target.nullable().default(null),
  attempts: z.int().default(0),
  /** A run before this one left it cordoned for somebody to look at, and nobody has. */
  quarantined: z.boolean().optional(),
  message: z.string().default(''),
});

/** The operator's half (contract section 6): KubeOS's fields, and what a node is let do. */
const spec = z.object({
  nodestatus: z.enum(['idle', 'upgrade', 'config']).default('idle'),
  namespacedname: z.object({ name: z.string(), namespace: z.string() }).nullable().default(null),
  nodeUid: z.string().optional(),
  run: run.nullable().default(null),
  outcome: outcome.nullable().default(null),
  /** Of a node at rest. */
  sysconfigs: configurationsSchema.optional(),
  /** Before an upgrade. */
  upgradeconfigs: configurationsSchema.optional(),
});

const PHASES = [
  'preparing',
  'prepared',
  'activating',
  'rebooting',
  'verifying',
  'committed',
] as const;

const reportedRun = z.object({
  id: z.string(),
  phase: z.enum([...PHASES, 'failed', 'fell-back']),
  /** Of what failed; of what failed and is tried again, too. */
  code: nodeWords.default(''),
  message: nodeWords.default(''),
  /** The boot that this run ends: written down before the node is restarted, and so it is restarted once. */
  rebootedFrom: z.string().optional(),
  progress: z
    .object({ percent: z.int().min(0).max(100), etaSeconds: z.int().min(0).optional() })
    .optional(),
  /** From the network, for this run. */
  fetchedBytes: z.int().min(0).optional(),
  /** How far the drain is, where it is the proxy's. */
  drain: reportedDrain.optional(),
  /** What a trial that failed left in its journal. */
  lastLines: z.array(nodeWords).optional(),
});

const slot = z.object({
  state: nodeWords,
  version: nodeWords.default(''),
  digest: nodeWords.default(''),
  /** Of the release in it, where its manifest says it. */
  kubelet: nodeWords.optional(),
});

/** As metav1.Condition. */
const condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: nodeWords,
  message: nodeWords.default(''),
  lastTransitionTime: time,
});

/** Reason of `Configured`: settings were applied, and no boot was well with the kernel arguments among them. */
export const ARGUMENTS_DROPPED = 'ArgumentsDropped';

/** The proxy's half: what it sees of its node, and of the run that it was given. */
export const instanceStatus = z.object({
  observedGeneration: z.int().min(-1).default(-1),
  agentVersion: nodeWords.optional(),
  booted: z
    .object({
      ...{ slot: z.enum(['A', 'B']), digest: nodeWords, bootId: nodeWords },
      version: nodeWords.default(''),
    })
    .nullable()
    .default(null),
  slots: z.object({ A: slot, B: slot }).optional(),
  run: reportedRun.nullable().default(null),
  /**
   * `AgentAvailable`: False where the proxy does not reach the agent of its node; `Configured`: False where settings of the spec
   * are not applied, with the reason.
   */
  conditions: z.array(condition).default([]),
  /** As they were applied last. */
  sysconfigs: configurationsSchema.optional(),
  upgradeconfigs: configurationsSchema.optional(),
});

export const osInstanceSchema = z.object({
  metadata: z.object({
    name: z.string(),
    generation: z.int().default(0),
    resourceVersion: z.string().default(''),
  }),
  spec: spec.prefault({}),
  status: instanceStatus.prefault({}),
});

export type OsInstance = Readonly<z.infer<typeof osInstanceSchema>>;

import { z } from 'zod';
import { configurationsSchema } from './configurations.ts';
import { amount, date, duration, release, someAmount, timeOfDay, timeZone } from './words.ts';

const labels = z.record(z.string(), z.string());

const expression = z
  .object({
    key: z.string(),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(z.string()).optional(),
  })
  .refine(
    ({ operator, values = [] }) => operator.endsWith('In') === values.length > 0,
    'In and NotIn need values, Exists and DoesNotExist take none',
  );

/** As everywhere in Kubernetes (metav1.LabelSelector). */
export const labelSelector = z.object({
  matchLabels: labels.optional(),
  matchExpressions: z.array(expression).max(64).optional(),
});

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const wave = z.object({
  size: amount,
  soak: duration.default(0),
  approval: z.boolean().default(false),
  failureBudget: amount.optional(),
});

const strategy = z.object({
  maxUnavailable: someAmount.optional(),
  maxUnavailablePerZone: z.int().min(1).optional(),
  waves: z.array(wave).max(16).default([]),
  failureBudget: amount.default({ count: 0 }),
  onFailure: z.enum(['halt', 'rollback']).default('halt'),
  controlPlane: z.boolean().default(false),
  maxPreparing: z.int().min(1).default(10),
  deadline: duration.optional(),
});

const window = z.object({
  days: z
    .array(z.enum(DAYS))
    .min(1)
    .default([...DAYS]),
  start: timeOfDay,
  duration: duration.refine((ms) => ms > 0 && ms <= 7 * 86_400_000, 'more than 0, at most 168h'),
  timeZone: timeZone.default('UTC'),
});

const blackout = z
  .object({ from: date, until: date, timeZone: timeZone.default('UTC') })
  .refine(({ from, until }) => from <= until, 'ends before it starts');

/** What a drain does with the pods that it means; the first rule that means a pod decides. */
const podRule = z
  .object({
    namespace: z.string().optional(),
    selector: labelSelector,
    action: z.enum(['skip', 'wait', 'evict', 'force']),
    after: duration.optional(),
  })
  .refine(
    ({ action, after }) => (action === 'force') === (after !== undefined),
    'after is for action force, which needs it',
  );

const drain = z.object({
  policy: z.enum(['wait', 'abort', 'quarantine', 'force']).default('abort'),
  timeout: duration.default(30 * 60_000),
  unmanaged: z.enum(['block', 'evict', 'leave']).default('block'),
  emptyDir: z.enum(['evict', 'block']).default('evict'),
  pods: z.array(podRule).max(32).default([]),
});

/** What only the cluster sees of a node, and somebody insists on. */
const healthCheck = z
  .object({
    condition: z
      .object({ type: z.string().min(1), status: z.enum(['True', 'False', 'Unknown']) })
      .optional(),
    pods: z.object({ namespace: z.string().optional(), selector: labelSelector }).optional(),
  })
  .refine(
    ({ condition, pods }) => (condition === undefined) !== (pods === undefined),
    'one of condition and pods',
  );

const health = z.object({
  readySeconds: z.int().min(0).default(60),
  /** Of a switch, with all tries of a trial: an agent takes three of ten minutes each, and a machine some to its boot loader. */
  timeout: duration.default(45 * 60_000),
  checks: z.array(healthCheck).max(16).default([]),
});

/** KubeOS 1.0.8: what its own documentation's samples have. What it demands and does not use may be empty. */
const kubeos = {
  osversion: z.string().max(256).default(''),
  opstype: z.enum(['upgrade', 'config', 'rollback']).default('upgrade'),
  imagetype: z.enum(['', 'docker', 'disk', 'containerd']).default(''),
  imageurl: z.string().default(''),
  containerimage: z.string().default(''),
  checksum: z.string().default(''),
  flagSafe: z.boolean().default(false),
  mtls: z.boolean().default(false),
  maxunavailable: z.int().min(1, 'at least 1: with less nothing would ever begin').default(1),
  evictpodforce: z.boolean().default(false),
  cacert: z.string().optional(),
  clientcert: z.string().optional(),
  clientkey: z.string().optional(),
  sysconfigs: configurationsSchema.optional(),
  upgradeconfigs: configurationsSchema.optional(),
  nodeselector: z.string().default('no-label'),
  timewindow: z
    .object({ starttime: z.string().optional(), endtime: z.string().optional() })
    .optional(),
  timeinterval: z.int().min(0).default(15),
  executionmode: z.enum(['serial', 'parallel']).default('parallel'),
};

/** `spec` of an OS object (contract section 6): KubeOS's fields, and ours, all of which may be left out. */
export const osSpecSchema = z.object({
  ...kubeos,
  release: release.optional(),
  repository: z.string().default('default'),
  selector: labelSelector.optional(),
  strategy: strategy.prefault({}),
  windows: z.array(window).max(32).default([]),
  blackouts: z.array(blackout).max(64).default([]),
  drain: drain.prefault({}),
  health: health.prefault({}),
  paused: z.boolean().default(false),
});

export type OsSpec = Readonly<z.infer<typeof osSpecSchema>>;
export type LabelSelector = Readonly<z.infer<typeof labelSelector>>;

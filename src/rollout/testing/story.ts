import { z } from 'zod';
import type { Fleet, FleetNode, RolloutPolicy } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';
import { simulate, type Moment } from './simulate.ts';
import { FAULTS, WELL, type Behaviour } from '../simulation/simulated-node.ts';
import { ONE, POLICY, testFleet, testNode, TWO } from './test-fleet.ts';

const minutes = z.number().transform((count) => count * 60_000);
const amount = z.union([
  z.int().transform((count) => ({ count })),
  z
    .string()
    .regex(/^\d+%$/)
    .transform((text) => ({ percent: Number(text.slice(0, -1)) })),
]);

const policy = z.strictObject({
  maxUnavailable: amount.optional(),
  maxUnavailablePerZone: z.int().optional(),
  serial: z.boolean().optional(),
  waves: z
    .array(
      z.strictObject({
        size: amount,
        soak: minutes.default(0),
        approval: z.boolean().default(false),
        failureBudget: amount.optional(),
      }),
    )
    .optional(),
  failureBudget: amount.optional(),
  onFailure: z.enum(['halt', 'rollback']).optional(),
  drain: z.enum(['wait', 'abort', 'quarantine', 'force']).optional(),
  withControlPlane: z.boolean().optional(),
  kubelet: z.string().optional(),
  maxPreparing: z.int().optional(),
  deadline: minutes.optional(),
  window: z.strictObject({ from: minutes, until: minutes }).optional(),
});

const node = z.strictObject({
  zone: z.string().optional(),
  controlPlane: z.boolean().optional(),
  ready: z.boolean().optional(),
  cordoned: z.boolean().optional(),
  silent: z.boolean().optional(),
  runs: z.enum(['1.0.0', '2.0.0']).optional(),
  fault: z.enum(FAULTS).optional(),
});

const event = z.strictObject({
  at: minutes,
  pause: z.string().optional(),
  resume: z.boolean().optional(),
  approve: z.int().optional(),
  abort: z.boolean().optional(),
  rollback: z.boolean().optional(),
  haltRelease: z.boolean().optional(),
  uncordon: z.string().optional(),
  mend: z.string().optional(),
});

/** fixtures/rollouts: who is there, what is asked for, what goes wrong, and what then happens. Times in minutes. */
export const storySchema = z.strictObject({
  story: z.string(),
  nodes: z.record(z.string(), node.nullable()),
  operator: z.string().optional(),
  policy: policy.default({}),
  events: z.array(event).default([]),
  /** The operator is ended in the middle of these steps, counted from 1. */
  cutSteps: z.array(z.int()).default([]),
  minutes: z.int().default(180),
  log: z.string().default(''),
});

export type Story = z.infer<typeof storySchema>;

/** What happens, a line for each step, and at last what still waits and for what. */
export function tellStory(story: Story): string {
  const lines: string[] = [];
  const behaviours: Record<string, Behaviour> = {};
  for (const [name, made] of Object.entries(story.nodes)) {
    behaviours[name] = { ...WELL, fault: made?.fault ?? 'none' };
  }
  let count = 0;
  const end = simulate(fleetOf(story), {
    ...{ behaviours, untilMs: story.minutes * 60_000 },
    events: story.events.map(({ at, ...said }) => ({
      atMs: at,
      change: changeOf(said, behaviours),
    })),
    fate: () => {
      count += 1;
      return story.cutSteps.includes(count) ? 'cut' : 'written';
    },
    watch: ({ nowMs, plan }) => {
      for (const step of plan.steps) lines.push(`${clock(nowMs)}  ${wordsOf(step)}`);
    },
  });
  return `${[...lines, ...endOf(end)].join('\n')}\n`;
}

function fleetOf({ nodes, policy: asked, operator }: Story): Fleet {
  const made = Object.entries(nodes).map(([name, described]) => nodeOf(name, described ?? {}));
  return { ...testFleet(made, policyOf(asked)), operatorNode: operator ?? null };
}

function nodeOf(name: string, described: z.infer<typeof node>): FleetNode {
  const { zone = null, controlPlane = false, ready = true, cordoned = false } = described;
  const digest = (described.runs === '2.0.0' ? TWO : ONE).digest;
  return testNode(name, {
    ...{ zone, isControlPlane: controlPlane, isReady: ready, isCordoned: cordoned },
    booted: described.silent === true ? null : { digest, bootId: `${name}-boot`, isOnTrial: false },
  });
}

function policyOf(asked: z.infer<typeof policy>): Partial<RolloutPolicy> {
  const { serial, waves, drain, kubelet, deadline, window, ...same } = asked;
  const windows = window === undefined ? [] : [singleWindow(window)];
  return {
    ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
    ...(serial !== undefined && { isSerial: serial }),
    ...(drain !== undefined && { drainPolicy: drain }),
    ...(kubelet !== undefined && { kubeletVersion: kubelet }),
    waves: (waves ?? []).map(({ size, soak, approval, failureBudget }) => ({
      ...{ size, soakMs: soak, needsApproval: approval },
      ...(failureBudget !== undefined && { failureBudget }),
    })),
    schedule: { windows, blackouts: [] },
    limits: { ...POLICY.limits, rolloutMs: deadline ?? null },
  };
}

const singleWindow = ({ from, until }: { readonly from: number; readonly until: number }) => ({
  ...{ kind: 'single' as const, fromMs: from, untilMs: until },
});

function changeOf(said: Omit<z.infer<typeof event>, 'at'>, behaviours: Record<string, Behaviour>) {
  const wishesOf = ({ wishes }: Fleet, nowMs: number): Fleet['wishes'] => ({
    ...wishes,
    ...(said.pause !== undefined && { paused: { by: said.pause, sinceMs: nowMs } }),
    ...(said.resume === true && { paused: null }),
    ...(said.approve !== undefined && { approvedWaves: said.approve }),
    ...(said.abort === true && { aborted: true }),
    ...(said.rollback === true && { rollback: true }),
  });
  return (fleet: Fleet, nowMs: number): Fleet => {
    if (said.mend !== undefined) behaviours[said.mend] = WELL;
    return {
      ...fleet,
      wishes: wishesOf(fleet, nowMs),
      halted: said.haltRelease === true ? new Set([TWO.digest]) : fleet.halted,
      nodes: fleet.nodes.map((one) =>
        one.name === said.uncordon ? { ...one, isCordoned: false } : one,
      ),
    };
  };
}

const clock = (ms: number): string => {
  const whole = Math.floor(ms / 60_000);
  const seconds = String((ms / 1000) % 60).padStart(2, '0');
  return `${String(whole).padStart(4)}:${seconds}`;
};

function wordsOf(step: Step): string {
  switch (step.do) {
    case 'begin':
      return `begin ${step.node}${step.kind === 'rollback' ? ` back to ${step.target.version}` : ''}`;
    case 'close':
      return `close ${step.node}: ${step.outcome}, ${step.message}${step.uncordon ? '' : '; stays cordoned'}`;
    case 'halt':
      return `halt: ${step.reason}, ${step.message}`;
    case 'end-wave':
      return `wave ${step.index + 1} has ended`;
    default:
      return `${step.do} ${step.node}`;
  }
}

function endOf({ plan, after }: Moment): readonly string[] {
  const waiting = plan.waiting.map(
    ({ node: name, gates }) => `${name} waits: ${gates.map(({ because }) => because).join('; ')}`,
  );
  const slots = after.nodes.map(({ name, booted, isReady, isCordoned }) => {
    const version = booted === null ? 'unknown' : booted.digest === TWO.digest ? '2.0.0' : '1.0.0';
    return `${name} ${version}${isReady ? '' : ' NotReady'}${isCordoned ? ' cordoned' : ''}`;
  });
  return [...waiting, `end: ${slots.join(', ')}`];
}

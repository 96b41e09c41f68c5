import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { Agent } from '../agent.ts';
import { configureOrderSchema } from '../configure/settings.ts';
import type { Started } from '../operations/operation-queue.ts';
import type { Operation } from '../operations/operation.ts';
import { rootTarOrderSchema } from '../root-tar/root-tar-order.ts';
import { problem, type Answer } from './answer.ts';
import { followEvents } from './follow-events.ts';

/** Who asks: by the socket that was asked (contract section 5). */
export type Role = 'admin' | 'proxy';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly roles: readonly Role[];
  /** @throws KubeosError, ZodError for a body that is not what the call takes */
  readonly run: (agent: Agent, body: unknown, role: Role) => Promise<Answer> | Answer;
}

const BOTH: readonly Role[] = ['admin', 'proxy'];
const ADMIN: readonly Role[] = ['admin'];

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits');
/** What a person may say instead of a digest: a channel or a version. */
const named = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,63}$/);

const orderFields = {
  repository: z.string().default('default'),
  maxTransferBytes: z.int().min(1).optional(),
  bytesPerSecond: z.int().min(1).optional(),
};
/** Whether a release is tried again that failed here is the cluster's to say, which a person has told to; its age is not. */
const allowFailed = z.boolean().default(false);
const proxyOrder = z.strictObject({ ...orderFields, release: digest, allowFailed });
const proxyPlan = z.strictObject({ repository: orderFields.repository, release: digest });
const adminPlan = proxyPlan.extend({ release: z.union([digest, named]) });
const adminOrder = z.strictObject({
  ...orderFields,
  release: z.union([digest, named]),
  allowOlder: z.boolean().default(false),
  allowFailed,
});
const nothing = z.strictObject({}).optional();
const activation = z.strictObject({
  release: digest,
  /** A node is never on trial for longer than a day because of somebody who does not come. */
  holdCommitSeconds: z.int().min(0).max(86_400).default(0),
});
/** A restart that is asked for twice must not come twice: it names the boot that it ends. */
const reboot = z.strictObject({ bootId: z.string().optional() }).optional();

/** Every call of the API. The cluster may name releases by digest only, and override no refusal but that of a failed release. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/status',
    roles: BOTH,
    run: async (agent) => ({ status: 200, body: await agent.status() }),
  },
  {
    method: 'GET',
    path: '/v1/events',
    roles: BOTH,
    run: (agent) =>
      agent.events.isFull
        ? problem(503, {
            code: 'REFUSED',
            title: 'too many follow the events',
            remedy: 'try later',
          })
        : { status: 200, lines: (signal) => followEvents(agent, signal) },
  },
  {
    method: 'GET',
    path: '/metrics',
    roles: BOTH,
    run: async (agent) => ({
      ...{ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' },
      text: await agent.metrics(),
    }),
  },
  { method: 'GET', path: '/healthz', roles: BOTH, run: () => ({ status: 200, body: {} }) },
  {
    method: 'POST',
    path: '/v1/plan',
    roles: BOTH,
    run: async (agent, body, role) => {
      const order = (role === 'admin' ? adminPlan : proxyPlan).parse(body);
      return { status: 200, body: await agent.plan(order).done };
    },
  },
  {
    method: 'POST',
    path: '/v1/prepare',
    roles: BOTH,
    run: (agent, body, role) => {
      if (isTarOrder(body)) {
        return accepted(agent.prepareTar(rootTarOrderSchema.parse(body)).operation);
      }
      const asked = role === 'admin' ? adminOrder.parse(body) : proxyOrder.parse(body);
      const { allowOlder, ...order } = { allowOlder: false, ...asked };
      const allow = { allowOlder, allowFailed: asked.allowFailed };
      return accepted(agent.prepare({ ...order, allow }).operation);
    },
  },
  {
    method: 'POST',
    path: '/v1/activate',
    roles: BOTH,
    run: async (agent, body) => {
      const { release, holdCommitSeconds } = activation.parse(body);
      return await settled(agent, agent.activate(release, holdCommitSeconds));
    },
  },
  {
    method: 'POST',
    path: '/v1/commit',
    roles: BOTH,
    run: async (agent, body, role) => {
      nothing.parse(body);
      if (role === 'proxy') await assertHealthy(agent);
      return await settled(agent, agent.commit({ takesBack: role === 'admin' }));
    },
  },
  {
    method: 'POST',
    path: '/v1/rollback',
    roles: BOTH,
    run: async (agent, body) => {
      nothing.parse(body);
      return await settled(agent, agent.rollBack());
    },
  },
  {
    method: 'POST',
    path: '/v1/reboot',
    roles: BOTH,
    run: async (agent, body, role) => {
      await assertRestart(agent, { bootId: reboot.parse(body)?.bootId, role });
      await agent.restart();
      return { status: 202, body: {} };
    },
  },
  {
    method: 'POST',
    path: '/v1/configure',
    roles: BOTH,
    run: async (agent, body) => {
      const { done } = agent.configure(configureOrderSchema.parse(body));
      return { status: 200, body: await done };
    },
  },
  {
    method: 'POST',
    path: '/v1/grub/retry',
    roles: ADMIN,
    run: async (agent, body) => {
      nothing.parse(body);
      return await settled(agent, agent.retryGrub());
    },
  },
  {
    method: 'DELETE',
    path: '/v1/activation',
    roles: ADMIN,
    run: async (agent) => await settled(agent, agent.cancelActivation()),
  },
  {
    method: 'DELETE',
    path: '/v1/operation',
    roles: BOTH,
    run: (agent) => ({ status: agent.operations.cancel() ? 202 : 200, body: {} }),
  },
];

/** KubeOS's way to name an image. */
function isTarOrder(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'imagetype' in body;
}

/** Only a person may be surer than the health gate. */
async function assertHealthy(agent: Agent): Promise<void> {
  const { trial } = await agent.status();
  if (trial === null || trial.commitsAt !== null) return;
  throw new KubeosError('REFUSED', 'the health gate has not passed yet', {
    hint: 'wait: the agent commits by itself; its status says what is not healthy yet',
  });
}

/** The cluster restarts a node into its other slot only: once for each activation or rollback. */
async function assertRestart(
  agent: Agent,
  { bootId, role }: { readonly bootId: string | undefined; readonly role: Role },
): Promise<void> {
  const { booted, next, bootId: current } = await agent.status();
  if (bootId !== undefined && bootId !== current) {
    const message = `boot ${bootId} has ended already: this is boot ${current}`;
    throw new KubeosError('REFUSED', message, { hint: 'look at the status: it has restarted' });
  }
  if (role === 'admin' || next.slot !== booted) return;
  throw new KubeosError('REFUSED', 'the next boot is the slot that runs', {
    hint: 'activate a release or roll back first, or restart it as root on the node',
  });
}

/** What is done at once is answered with what came of it. */
async function settled(agent: Agent, { done }: Started<unknown>): Promise<Answer> {
  await done;
  return { status: 200, body: await agent.status() };
}

const accepted = (operation: Operation): Answer => ({ status: 202, body: { operation } });

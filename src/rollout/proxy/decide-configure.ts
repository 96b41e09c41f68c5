import type { AgentStatus } from '../../agent/status.ts';
import type { Configurations } from '../api/configurations.ts';
import type { OsInstance } from '../api/os-instance.ts';
import { configureCall, type AgentCall } from './agent-call.ts';
import type { Course } from './course.ts';
import { planCall, type CallPlan } from './plan-call.ts';

/** As KubeOS names them: settings before an upgrade, and those of a node at rest. */
export type ConfigureKind = 'upgradeconfigs' | 'sysconfigs';

export interface ConfigureView {
  readonly instance: OsInstance;
  readonly agent: AgentStatus;
  readonly course: Course;
  readonly nowMs: number;
}

export interface Configuring {
  readonly call: AgentCall;
  readonly plan: CallPlan;
}

/** What is still to be configured; null where nothing is. What was applied is not applied again until its version changes. */
export function decideConfigure(view: ConfigureView, kind: ConfigureKind): Configuring | null {
  const { instance, agent, course, nowMs } = view;
  const wanted = instance.spec[kind];
  if (wanted === undefined || wanted === appliedOf(view, kind)) return null;
  const call = configureCall(kind, wanted, agent);
  return { call, plan: planCall(course, call, nowMs) };
}

/** What of the spec the node has, or else what it had. */
export function appliedOf(
  { instance: { spec, status }, course }: Pick<ConfigureView, 'instance' | 'course'>,
  kind: ConfigureKind,
): Configurations | undefined {
  const [wanted, before] = [spec[kind], status[kind]];
  if (wanted === undefined) return before;
  const isEmpty = (wanted.configs ?? []).length === 0;
  const isThere = before !== undefined && isSame(wanted, before);
  return isEmpty || isThere || isSame(wanted, course.configured[kind]) ? wanted : before;
}

/** KubeOS's rule: the version says whether it is another one. */
const isSame = (wanted: Configurations, has: Configurations | undefined): boolean =>
  has !== undefined && (wanted.version ?? '') === (has.version ?? '');

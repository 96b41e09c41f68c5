import { z } from 'zod';

/** How the API server answered an eviction (policy/v1), with what of the body tells one meaning from another. */
export interface EvictionReply {
  readonly status: number;
  /** A Status object (meta/v1), as far as it is one. */
  readonly body: unknown;
  /** Seconds, of the Retry-After header. */
  readonly retryAfter: number | null;
}

/** What is to be done about it. Times in milliseconds. */
export type EvictionMeaning =
  /** It will go: wait until it has, or until another pod has its name. */
  | { readonly kind: 'evicted' }
  /** It has gone, or its name belongs to another pod. */
  | { readonly kind: 'gone' }
  /** A budget allows none just now: `because` names it, and says what it needs. */
  | { readonly kind: 'budget'; readonly because: string; readonly retryMs: number }
  /** The API server is busy or broken: nothing is known of the pod. */
  | { readonly kind: 'busy'; readonly because: string; readonly retryMs: number | null }
  /** It goes with its namespace. */
  | { readonly kind: 'namespace-ends' }
  /** Trying again does not help: a person has to change something. */
  | { readonly kind: 'misconfigured'; readonly because: string; readonly remedy: string }
  /** We may not: nor will we for any other pod. */
  | { readonly kind: 'forbidden'; readonly because: string };

const cause = z.object({ reason: z.string().default(''), message: z.string().default('') });

const status = z.object({
  message: z.string().default(''),
  details: z.object({ causes: z.array(cause).default([]) }).prefault({}),
});

const BUDGET_RETRY_MS = 5000;

/** kubernetes/pkg/registry/core/pod/storage/eviction.go says which reply means what. */
export function meaningOf({ status: code, body, retryAfter }: EvictionReply): EvictionMeaning {
  const said = saidIn(body);
  if (code < 300) return { kind: 'evicted' };
  // Our precondition names the pod that was meant: one of that name and another uid (409) is a newcomer.
  if (code === 404 || code === 409) return { kind: 'gone' };
  if (code === 403) return meaningOfForbidden(said);
  const retryMs = retryAfter === null ? null : retryAfter * 1000;
  const because = said.message === '' ? `status ${code}` : said.message;
  // The message is the same for all budgets: only the cause says which, and what it needs.
  const budget = said.causes.get('DisruptionBudget');
  return code === 429 && budget !== undefined
    ? { kind: 'budget', because: budget, retryMs: retryMs ?? BUDGET_RETRY_MS }
    : meaningOfTrouble(because, retryMs);
}

function meaningOfTrouble(because: string, retryMs: number | null): EvictionMeaning {
  if (!/more than one PodDisruptionBudget/.test(because)) return { kind: 'busy', because, retryMs };
  const remedy = 'leave one PodDisruptionBudget that selects it: kubectl get pdb -A';
  return { kind: 'misconfigured', because, remedy };
}

interface Words {
  readonly message: string;
  /** What is said of each reason. */
  readonly causes: ReadonlyMap<string, string>;
}

function saidIn(body: unknown): Words {
  const { message, details } = status.catch({ message: '', details: { causes: [] } }).parse(body);
  return { message, causes: new Map(details.causes.map((one) => [one.reason, one.message])) };
}

function meaningOfForbidden({ message, causes }: Words): EvictionMeaning {
  if (causes.has('NamespaceTerminating')) return { kind: 'namespace-ends' };
  // The controller of budgets lags behind.
  if (/DisruptedPods map too big/.test(message)) {
    return { kind: 'busy', because: message, retryMs: null };
  }
  return { kind: 'forbidden', because: message };
}

import { z } from 'zod';

/** What of an EndpointSlice (discovery.k8s.io/v1) is looked at. */
export const endpointSliceSchema = z.object({
  metadata: z.object({
    ...{ namespace: z.string(), name: z.string() },
    labels: z.object({ 'kubernetes.io/service-name': z.string().optional() }).prefault({}),
  }),
  // Only an endpoint that says so is not Ready: nothing said means that it is.
  endpoints: z
    .array(z.object({ conditions: z.object({ ready: z.boolean().nullish() }).prefault({}) }))
    .nullish(),
});

export type EndpointSlice = Readonly<z.infer<typeof endpointSliceSchema>>;

/** How long a Service had no Ready endpoint. */
export interface ServiceGap {
  /** `NAMESPACE/NAME` */
  readonly service: string;
  readonly seconds: number;
  readonly gaps: number;
  readonly longestSeconds: number;
  /** When the longest began: ISO 8601. Events of pods and nodes from then say why. */
  readonly longestSince: string;
  /** Whether it has one again. */
  readonly isOver: boolean;
}

interface Service {
  /** Ready endpoints by slice. */
  readonly ready: Map<string, number>;
  /** One that never had any has lost none. */
  had: boolean;
  sinceMs: number | null;
  readonly gaps: Gap[];
}

interface Gap {
  readonly sinceMs: number;
  readonly ms: number;
}

/** By when each change was told. */
export class EndpointGaps {
  readonly #before = new Map<string, EndpointSlice>();
  readonly #services = new Map<string, Service>();

  note(slices: ReadonlyMap<string, EndpointSlice>, nowMs: number): void {
    const touched = new Set<string>();
    for (const [key, slice] of slices) {
      if (this.#before.get(key) === slice) continue;
      this.#before.set(key, slice);
      const service = serviceOf(slice);
      if (service === null) continue;
      this.#of(service).ready.set(key, readyIn(slice));
      touched.add(service);
    }
    for (const [key, slice] of this.#before) {
      if (slices.has(key)) continue;
      this.#before.delete(key);
      const service = serviceOf(slice);
      if (service === null) continue;
      this.#of(service).ready.delete(key);
      touched.add(service);
    }
    for (const service of touched) turn(this.#of(service), nowMs);
  }

  /** Services that had a Ready endpoint at any time. */
  get watched(): number {
    return [...this.#services.values()].filter(({ had, gaps }) => had || gaps.length > 0).length;
  }

  /** The longest first. */
  gaps(nowMs: number): readonly ServiceGap[] {
    return [...this.#services]
      .flatMap(([service, { sinceMs, gaps }]) => {
        const all = sinceMs === null ? gaps : [...gaps, { sinceMs, ms: nowMs - sinceMs }];
        return all.length === 0 ? [] : [gapOf(service, all, sinceMs === null)];
      })
      .toSorted((one, other) => other.seconds - one.seconds);
  }

  #of(name: string): Service {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const service: Service = { ready: new Map(), had: false, sinceMs: null, gaps: [] };
    this.#services.set(name, service);
    return service;
  }
}

const serviceOf = ({ metadata: { namespace, labels } }: EndpointSlice): string | null => {
  const name = labels['kubernetes.io/service-name'];
  return name === undefined ? null : `${namespace}/${name}`;
};

const readyIn = ({ endpoints }: EndpointSlice): number =>
  (endpoints ?? []).filter(({ conditions }) => conditions.ready !== false).length;

function turn(service: Service, nowMs: number): void {
  const { ready, sinceMs, gaps } = service;
  const isReady = [...ready.values()].some((count) => count > 0);
  // A Service that is there has a slice, also one without endpoints: this one is gone, and nobody misses it.
  const isGone = ready.size === 0;
  if (!isReady && !isGone) {
    if (service.had) service.sinceMs ??= nowMs;
    return;
  }
  if (sinceMs !== null) gaps.push({ sinceMs, ms: nowMs - sinceMs });
  service.sinceMs = null;
  service.had = isReady;
}

function gapOf(service: string, gaps: readonly Gap[], isOver: boolean): ServiceGap {
  const ms = gaps.reduce((sum, gap) => sum + gap.ms, 0);
  const longest = gaps.reduce((one, other) => (other.ms > one.ms ? other : one));
  return {
    ...{ service, seconds: thousandths(ms), gaps: gaps.length },
    longestSeconds: thousandths(longest.ms),
    longestSince: new Date(longest.sinceMs).toISOString(),
    isOver,
  };
}

const thousandths = (ms: number): number => Math.round(ms) / 1000;

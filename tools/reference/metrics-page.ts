import type { Registry } from 'prom-client';
import { z } from 'zod';
import { AgentMetrics } from '../../src/agent/metrics/agent-metrics.ts';
import { serveMetrics } from '../../src/release/serve/serve-metrics.ts';
import { OperatorMetrics } from '../../src/rollout/operator/operator-metrics.ts';
import { code, GENERATED, table } from './markdown.ts';
import {
  AGENT_LABELS,
  OPERATOR_LABELS,
  SERVE_LABELS,
  type LabelMeanings,
} from './metric-labels.ts';

const INTRODUCTION = `# Metrics

${GENERATED}

What Prometheus reads, in its text format. The proxy has none: \`/healthz\` and \`/readyz\` say how it is, and the operator
tells of its node. No label has values that a client of a server may choose, so that nobody can fill a Prometheus.
`;

interface Program {
  readonly title: string;
  readonly where: string;
  readonly registry: Registry;
  readonly labels: LabelMeanings;
}

const PROGRAMS: readonly Program[] = [
  {
    title: 'Operator',
    where:
      '`/metrics` of `kubeos operator --health-listen :9808`, which `kubeos install` sets; of the two operators the one that works has series of nodes. With `--service-monitor` an install tells Prometheus where ([rollouts](../guides/rollouts.md#measuring)).',
    registry: new OperatorMetrics('').registry,
    labels: OPERATOR_LABELS,
  },
  {
    title: 'Agent',
    where:
      '`/metrics` on both sockets of the agent of a node: `curl --unix-socket /run/kubeos/admin/agent.sock http://agent/metrics`.',
    registry: new AgentMetrics('').registry,
    labels: AGENT_LABELS,
  },
  {
    title: 'Image server',
    where:
      '`/metrics` of `kubeos serve --metrics-listen 127.0.0.1:9100` ([image servers](../guides/image-server.md)). What begins with `kubeos_serve_cache` and `kubeos_serve_upstream` moves with `--upstream` alone.',
    registry: serveMetrics().registry,
    labels: SERVE_LABELS,
  },
];

/** docs/reference/metrics.md: every metric that a program registers, in that order. */
export function metricsPage(): string {
  return [INTRODUCTION, ...PROGRAMS.map(section)].join('\n');
}

/** What prom-client keeps of a metric; its types hide the last two. */
const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()),
  upperBounds: z.array(z.number()).optional(),
});

type Metric = z.infer<typeof metricSchema>;

function section({ title, where, registry, labels }: Program): string {
  const metrics = z.array(metricSchema).parse(registry.getMetricsAsArray());
  const used = new Set(metrics.flatMap(({ labelNames }) => labelNames));
  const rows = [...used].map((label) => [code(label), meaningOf(label, labels)]);
  const unused = Object.keys(labels).filter((label) => !used.has(label));
  if (unused.length > 0) throw new Error(`no metric has the label ${unused.join(', ')}`);
  return [
    `## ${title}\n\n${where}\n`,
    `${table(['metric', 'type', 'labels', 'what'], metrics.map(rowOf))}\n`,
    `${table(['label', 'values'], rows)}\n`,
  ].join('\n');
}

function rowOf({ name, type, labelNames, help, upperBounds }: Metric): string[] {
  const buckets = upperBounds === undefined ? '' : `; buckets ${upperBounds.join(', ')}`;
  return [code(name), type, labelNames.map(code).join(', '), `${help}${buckets}`];
}

function meaningOf(label: string, labels: LabelMeanings): string {
  const meaning = labels[label];
  if (meaning === undefined) throw new Error(`metric-labels.ts does not say what ${label} means`);
  return meaning;
}

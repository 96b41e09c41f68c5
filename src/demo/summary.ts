import { z } from 'zod';
import { formatBytes } from '../cli/release/format-bytes.ts';
import { formatElapsed } from '../cli/rollout/plain-text.ts';

/** What is told of a report that `kubeos rollout --report` wrote. */
export const toldReportSchema = z.object({
  nodes: z.array(
    z.object({
      node: z.string(),
      runs: z.array(
        z.object({
          ...{ kind: z.string(), fetchedBytes: z.number().nullable() },
          seconds: z.record(z.string(), z.number()),
        }),
      ),
    }),
  ),
  migration: z.object({
    servicesWatched: z.number(),
    withoutEndpoint: z.array(z.object({ service: z.string(), seconds: z.number() })),
    moves: z.array(z.object({ owner: z.string(), moves: z.number(), movesPerPod: z.number() })),
  }),
});

type ToldReport = z.infer<typeof toldReportSchema>;

export interface Step {
  readonly title: string;
  readonly ms: number;
}

/** What happened, for whoever looked away. */
export function summaryOf(steps: readonly Step[], { nodes, migration }: ToldReport): string {
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  return [
    'What took how long',
    ...steps.map(({ title, ms }) => `  ${formatElapsed(ms).padStart(8)}  ${title}`),
    `  ${formatElapsed(total).padStart(8)}  in all`,
    '',
    'What each node did',
    ...nodes.flatMap(nodeLines),
    '',
    'What services noticed',
    ...serviceLines(migration),
  ].join('\n');
}

function nodeLines({ node, runs }: ToldReport['nodes'][number]): readonly string[] {
  return runs.map(({ kind, seconds, fetchedBytes }) => {
    const parts = Object.entries(seconds).map(
      ([phase, taken]) => `${phase} ${formatElapsed(taken * 1000)}`,
    );
    const fetched = fetchedBytes === null ? '' : `; fetched ${formatBytes(fetchedBytes)}`;
    return `  ${node}  ${kind}: ${parts.join(', ')}${fetched}`;
  });
}

function serviceLines(migration: ToldReport['migration']): readonly string[] {
  const { servicesWatched, withoutEndpoint, moves } = migration;
  const gone = withoutEndpoint.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `  ${gone} s without a Ready endpoint, of ${servicesWatched} services`,
    ...moves.map(({ owner, moves: times, movesPerPod }) => {
      return `  ${owner}: ${times} moves, ${movesPerPod} a pod`;
    }),
  ];
}

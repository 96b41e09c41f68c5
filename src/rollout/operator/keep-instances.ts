import { isOfNode } from '../api/observe-node.ts';
import { atOnce } from './at-once.ts';
import type { ClusterView } from './cluster-view.ts';
import type { StepWriter } from './step-writer.ts';
import { firstInstance } from './instance-writes.ts';

interface Work {
  readonly what: string;
  readonly write: () => Promise<void>;
}

/**
 * Every node that is meant has an OSInstance; one of a node that is gone, or was made anew under its name, goes.
 *
 * @returns whether it is so; what could not be written is tried again by the next pass
 */
export async function keepInstances(
  writer: StepWriter,
  view: ClusterView,
  meant: readonly string[],
): Promise<boolean> {
  const work = [...missing(writer, view, meant), ...left(writer, view)];
  const done = await atOnce(work, async ({ what, write }) => await writer.isDone(what, write));
  return done.every(Boolean);
}

function missing(
  writer: StepWriter,
  { nodes, instances }: ClusterView,
  meant: readonly string[],
): readonly Work[] {
  const names = new Set(meant.filter((name) => !instances.has(name)));
  return nodes
    .filter(({ metadata }) => names.has(metadata.name))
    .map((node) => ({
      what: `${node.metadata.name}: first OSInstance`,
      write: async () => await writer.apply(firstInstance(node)),
    }));
}

function left(writer: StepWriter, { nodes, instances }: ClusterView): readonly Work[] {
  const uids = new Map(nodes.map(({ metadata: { name, uid } }) => [name, uid]));
  return [...instances.values()]
    .filter((one) => {
      const uid = uids.get(one.metadata.name);
      return uid === undefined || !isOfNode(one, uid);
    })
    .map((one) => ({
      what: `${one.metadata.name}: OSInstance of a machine that is gone`,
      write: async () => await writer.remove(one),
    }));
}

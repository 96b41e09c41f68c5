import { release, startDataNode, type DataBoot, type DataNode } from './data-node.ts';

export const ONE = release('1.0.0');
export const TWO = release('2.0.0');
/** Its data is of another form. */
export const THREE = release('3.0.0', { dataEpoch: 2 });

export const committed = (running: typeof ONE, other: typeof ONE | null = null): DataBoot => ({
  ...{ running, other, isOtherCommitted: true },
});
export const trial = (running: typeof ONE, other: typeof ONE): DataBoot => ({
  ...{ running, other, isTrial: true, isOtherCommitted: true },
});
/** The other one was never committed. */
export const fallback = (running: typeof ONE, other: typeof ONE): DataBoot => ({ running, other });

const DATA = {
  db: '/var/lib/app/db',
  log: '/var/lib/app/log/1',
  cpu: '/var/lib/kubelet/cpu',
  more: '/data/kubelet/file',
};

export async function write(node: DataNode, text: string): Promise<void> {
  for (const place of Object.values(DATA)) await node.write(place, text);
}

export async function read(node: DataNode): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const [name, place] of Object.entries(DATA)) found[name] = await node.read(place);
  return found;
}

export const all = (text: string | null) => ({ db: text, log: text, cpu: text, more: text });

/** A node that runs 1.0.0, whose services wrote "1". */
export async function node(): Promise<DataNode> {
  const one = await startDataNode();
  await one.boot(committed(ONE));
  await write(one, '1');
  return one;
}

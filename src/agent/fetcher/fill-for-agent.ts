import { BLOCK_BYTES, decodeBlockTable } from '../../release/block-table.ts';
import { fetchRelease } from '../../release/fetch/fetch-release.ts';
import { imagePathOf, type LoadedRelease } from '../../release/fetch/load-release.ts';
import type { Base, Target } from '../../release/fetch/target.ts';
import { expectedTable, parseManifest, releaseDigest } from '../../release/manifest.ts';
import type { AgentCalls } from './agent-calls.ts';
import type { FetcherParts } from './fetch-for-agent.ts';
import type { FillOrder, Tell } from './messages.ts';

const PROGRESS_MS = 250;

/** Fetches what the agent's target lacks, and hands it over block by block. */
export async function fillForAgent(
  order: FillOrder,
  { opened, pipe, calls, signal }: FetcherParts,
): Promise<void> {
  const { source, budget } = opened;
  const release = releaseOf(order);
  let toldAt = 0;
  const report = await fetchRelease({
    ...{ release, source, budget, signal },
    listed: { deltas: order.packs },
    target: agentsTarget(calls, release.table.imageBytes),
    right: order.right.split('').map((digit) => digit === '1'),
    base: agentsBase(calls, order.base),
    onProgress: ({ bytesTransferred }) => {
      if (performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      const told = pipe.send({ tell: 'progress', bytesTransferred } satisfies Tell);
      told.catch(() => undefined); // an agent that has gone is found out by the next block
    },
  });
  const { bytesTransferred, requests, how } = report;
  await pipe.send({ tell: 'done', bytesTransferred, requests, how } satisfies Tell);
}

function releaseOf(order: FillOrder): LoadedRelease {
  const bytes = Buffer.from(order.manifest);
  const manifest = parseManifest(bytes);
  const digest = releaseDigest(bytes);
  const table = decodeBlockTable(Buffer.from(order.table, 'base64'), expectedTable(manifest));
  return { digest, manifest, table, imagePath: imagePathOf(digest, manifest) };
}

/** Flushing is the agent's: nothing of this process is on a disk. */
function agentsTarget(calls: AgentCalls, size: number): Target {
  return {
    ...{ address: 'the standby slot', size, isBlank: false },
    read: async (into, position) => await calls.read('target', into, position),
    write: async (bytes, position) => await calls.put(position / BLOCK_BYTES, bytes),
    flush: async () => undefined,
  };
}

function agentsBase(calls: AgentCalls, base: FillOrder['base']): Base | null {
  if (base === null) return null;
  const { release, imageBytes, imageSha256 } = base;
  const hashes = Buffer.from(base.blocks, 'base64');
  const blocks = Array.from({ length: hashes.length / 32 }, (_, index) => ({
    sha256: hashes.subarray(index * 32, (index + 1) * 32),
  }));
  return {
    release,
    table: { imageBytes, imageSha256: Buffer.from(imageSha256, 'hex'), blocks },
    read: async (into, position) => await calls.read('base', into, position),
  };
}

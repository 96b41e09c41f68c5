import { KubeosError } from '../../../errors.ts';
import { readTar, type TarSource } from '../tar/read-tar.ts';
import { readable } from '../../../disk/tar/byte-string.ts';
import { type TarEntry } from '../tar/tar-entry.ts';
import { applyEntry } from './apply-entry.ts';
import { entryPath } from '../../../disk/tar/entry-path.ts';
import { type DirectoryNode, emptyDirectory } from './root-tree.ts';

export interface LayerStack {
  /** From the bottom to the top. */
  readonly layers: readonly TarSource[];
  readonly whiteouts: boolean;
  readonly signal: AbortSignal;
}

/** Names and attributes kept in memory, roughly; far above any root file system, far below what a hostile one could ask. */
const MAX_INDEX_BYTES = 1024 ** 3;
const ENTRY_BYTES = 400;

/**
 * What of every layer is left in the end, with where its content is; content itself is not read.
 * @throws KubeosError BUILD_CHECK_FAILED naming the layer and the member that is damaged or cannot be trusted
 */
export async function indexLayers(stack: LayerStack): Promise<DirectoryNode> {
  const root = emptyDirectory(0);
  let indexBytes = 0;
  for (const [layer, source] of stack.layers.entries()) {
    stack.signal.throwIfAborted();
    for await (const entry of readTar(source)) {
      indexBytes += costOf(entry);
      if (indexBytes > MAX_INDEX_BYTES) throw tooManyMembers(source);
      applyOrRefuse(root, entry, { stack, source, layer });
    }
  }
  return root;
}

function costOf(entry: TarEntry): number {
  let bytes = ENTRY_BYTES + entry.name.length;
  for (const [keyword, value] of entry.extended) bytes += keyword.length + value.length;
  if (entry.type === 'file') bytes += 100 * entry.content.length;
  return bytes;
}

function applyOrRefuse(
  root: DirectoryNode,
  entry: TarEntry,
  from: { readonly stack: LayerStack; readonly source: TarSource; readonly layer: number },
): void {
  const { stack, source, layer } = from;
  try {
    if (!isDeviceNode(entry)) applyEntry(root, entry, { layer, whiteouts: stack.whiteouts });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const name = JSON.stringify(readable(entry.name));
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${source.name} holds ${name}, which is refused: ${error.message}`,
      { cause: error, hint: 'make the image again with a tool that writes plain relative names' },
    );
  }
}

/** devtmpfs fills /dev at boot, and nobody without privilege could make its nodes. */
function isDeviceNode(entry: TarEntry): boolean {
  const isNode = entry.type === 'character-device' || entry.type === 'block-device';
  return isNode && entryPath(entry.name)[0] === 'dev';
}

function tooManyMembers(source: TarSource): KubeosError {
  return new KubeosError(
    'BUILD_CHECK_FAILED',
    `${source.name} has too many members for one image`,
    {
      hint: 'a root file system has some hundred thousand files, not many millions',
    },
  );
}

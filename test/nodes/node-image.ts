import { mkdtempDisposable } from 'node:fs/promises';
import { kubeletOf, prepareNodeImage, type NodeInputs } from '../../src/demo/nodes/node-image.ts';

/** Definitions of node images, with what they take from this host. */
export interface PreparedNodes extends NodeInputs, AsyncDisposable {
  readonly folder: string;
}

/** One folder for each that asks: test files run beside each other. */
export async function prepareNodes(
  options: Parameters<typeof prepareNodeImage>[1] = {},
): Promise<PreparedNodes> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await mkdtempDisposable('/var/tmp/kubeos-node-')).path;
  const inputs = await prepareNodeImage(folder, options);
  const held = undo.move();
  return {
    ...{ ...inputs, folder },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** The Kubernetes before that of the node image. */
export const OLDER = '1.35.4';
export const OLDER_KUBELET = kubeletOf('older-kubelet', OLDER);

import path from 'node:path';
import { prepareNodeImage, type NodeInputs } from '../../src/demo/nodes/node-image.ts';
import { ROOT } from '../boot/testbed.ts';

/** The definitions of node images, with what they take from this host. */
export const NODE_IMAGE = path.join(ROOT, 'out/node');

export async function prepareNodes(): Promise<NodeInputs> {
  return await prepareNodeImage(NODE_IMAGE);
}

import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';

export const CRDS = fileURLToPath(new URL('../../templates/crds', import.meta.url));

/** OS and OSInstance, as they are shipped; fulfils when their objects can be asked for. */
export async function applyCrds(cluster: ControlPlane): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', CRDS]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=10m', '-f', CRDS]);
}

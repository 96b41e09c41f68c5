import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { kubeconfigOf } from '../../src/demo/control-plane/folder.ts';

/** A file for whoever has this bearer token, such as one of `kubectl create token`. */
export async function kubeconfigFor(cluster: ControlPlane, token: string): Promise<string> {
  const file = path.join(cluster.folder, `${randomUUID()}.kubeconfig`);
  await writeFile(file, kubeconfigOf(cluster, token));
  return file;
}

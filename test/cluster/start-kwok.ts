import path from 'node:path';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { buildModule, type GoModule } from '../../src/demo/go/build-module.ts';
import { NO_OVERSIGHT } from '../../src/demo/oversight.ts';
import { startServer, type ServerProcess } from '../../src/demo/server-process.ts';

const KWOK: GoModule = {
  folder: 'control-plane/kwok',
  programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
};

/** Plays the nodes with the annotation `kwok.x-k8s.io/node: fake`, and the pods on them. */
export async function startKwok({ folder, kubeconfig }: ControlPlane): Promise<ServerProcess> {
  const program = path.join(await buildModule(KWOK), 'kwok');
  const args = [
    ...[`--kubeconfig=${kubeconfig}`, '--manage-all-nodes=false'],
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
  ];
  return await startServer({ name: 'kwok', program, args, folder }, NO_OVERSIGHT);
}

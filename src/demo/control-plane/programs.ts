import { access } from 'node:fs/promises';
import path from 'node:path';
import { buildModule, type GoModule } from '../go/build-module.ts';

const VERSION = 'v1.36.3';
const [MAJOR, MINOR] = VERSION.slice(1).split('.');
/** Without these the server calls itself v0.0.0-master, and clients that look at versions misbehave. */
const STAMPS = { gitVersion: VERSION, gitMajor: MAJOR, gitMinor: MINOR };

const KUBERNETES: GoModule = {
  folder: 'control-plane/kubernetes',
  programs: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  linkerFlags: Object.entries(STAMPS).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  ),
};

const ETCD: GoModule = {
  folder: 'control-plane/etcd',
  programs: { etcd: 'go.etcd.io/etcd/server/v3' },
};

const MODULES = {
  etcd: ETCD,
  'kube-apiserver': KUBERNETES,
  'kube-controller-manager': KUBERNETES,
  'kube-scheduler': KUBERNETES,
  kubectl: KUBERNETES,
} as const;

export type Program = keyof typeof MODULES;

/** One of each module that a control plane needs: the others of the module are built with it. */
export const ONE_OF_EACH: readonly Program[] = ['etcd', 'kube-apiserver'];

/**
 * A program of the control plane: from KUBEBUILDER_ASSETS where that folder has it (what envtest of controller-runtime
 * uses: etcd, kube-apiserver, kubectl), else built from its Go module.
 */
export async function locateProgram(program: Program, signal?: AbortSignal): Promise<string> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined) {
    const file = path.join(assets, program);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return path.join(await buildModule(MODULES[program], signal), program);
}

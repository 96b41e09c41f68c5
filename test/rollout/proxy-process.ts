import { startKubeosProcess, type Kill, type KubeosProcess } from './kubeos-process.ts';

export interface ProxyOptions {
  readonly kubeconfig: string;
  readonly nodeName: string;
  readonly socket: string;
  readonly kill?: Kill;
}

export function startProxyProcess(options: ProxyOptions): KubeosProcess {
  const { kubeconfig, nodeName, socket, kill } = options;
  return startKubeosProcess(['proxy', '--kubeconfig', kubeconfig, '--socket', socket], {
    ...{ environment: { NODE_NAME: nodeName }, kill },
  });
}

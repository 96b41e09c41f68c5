/** Of what kubelet, cloud and network write into the Node of a real machine, so much as fits its usual size: about 12 kB. */
export function largeNode(name: string): object {
  const at = new Date().toISOString().replace(/\.\d+/, '');
  const times = { lastHeartbeatTime: at, lastTransitionTime: at };
  return {
    ...{ apiVersion: 'v1', kind: 'Node' },
    metadata: { name, labels: labelsOf(name), annotations: annotationsOf(name) },
    spec: { podCIDR: '10.1.2.0/24', podCIDRs: ['10.1.2.0/24'], providerID: `bench:///${name}` },
    status: {
      ...{ capacity: SIZE, allocatable: SIZE, nodeInfo: nodeInfo(name), images: IMAGES },
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      conditions: CONDITIONS.map(([type, status, reason]) => {
        return { type, status, reason, message: `kubelet says ${reason}`, ...times };
      }),
    },
  };
}

const SIZE = { cpu: '16', memory: '65805140Ki', pods: '110', 'ephemeral-storage': '101430960Ki' };

const CONDITIONS = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
  ['NetworkUnavailable', 'False', 'RouteCreated'],
  ['Ready', 'True', 'KubeletReady'],
] as const;

const labelsOf = (name: string): object => ({
  ...{ 'beta.kubernetes.io/arch': 'amd64', 'beta.kubernetes.io/os': 'linux' },
  ...{ 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' },
  ...{ 'kubernetes.io/hostname': name, 'node.kubernetes.io/instance-type': 'm6i.4xlarge' },
  'topology.kubernetes.io/region': 'eu-central-1',
  'topology.kubernetes.io/zone': `eu-central-1${'abc'[name.length % 3]}`,
  ...{ 'node-role.kubernetes.io/worker': '', 'example.com/pool': 'general' },
});

const annotationsOf = (name: string): object => ({
  'csi.volume.kubernetes.io/nodeid': JSON.stringify({ 'ebs.csi.aws.com': `i-${name}` }),
  'node.alpha.kubernetes.io/ttl': '0',
  'projectcalico.org/IPv4Address': '10.0.0.1/16',
  'projectcalico.org/IPv4IPIPTunnelAddr': '10.1.2.1',
  'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  'cluster.x-k8s.io/machine': `machine-${name}`,
});

const nodeInfo = (name: string): object => ({
  ...{ machineID: `machine-${name}`, systemUUID: `system-${name}`, bootID: `boot-${name}` },
  ...{ kernelVersion: '6.1.0-40-amd64', osImage: 'KubeOS 1.0.0', operatingSystem: 'linux' },
  ...{ containerRuntimeVersion: 'containerd://2.1.0', kubeletVersion: 'v1.36.0' },
  ...{ kubeProxyVersion: '', architecture: 'amd64' },
});

/** As many as kubelet names by default (nodeStatusMaxImages), each by digest and by tag. */
const IMAGES = Array.from({ length: 50 }, (_, index) => ({
  names: [
    `registry.example.com/team/service-${index}@sha256:${String(index).padStart(64, '0')}`,
    `registry.example.com/team/service-${index}:1.${index}.0`,
  ],
  sizeBytes: 100_000_000 + index,
}));

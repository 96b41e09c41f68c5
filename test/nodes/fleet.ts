import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import type { ReleaseChange } from '../agent/agent-scene.ts';

/** Real nodes of a real cluster, with operator and proxies as pods: whole machines in QEMU, or the image in namespaces. */
export interface NodeFleet extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** For files of whoever uses it. */
  readonly folder: string;
  /** Of the nodes, in the order in which they were started. */
  readonly names: readonly string[];
  /** Builds and publishes a release. @returns it as `--release` takes it */
  readonly release: (version: string, change?: ReleaseChange) => Promise<string>;
  /** Disk of a release that was built, as a machine starts from it. */
  readonly built: (version: string) => string;
  /** Lets nodes reach a port of this host's loopback address, at the same port of HOST_ADDRESS. */
  readonly relay: (port: number) => Promise<void>;
  /** The disk that a node runs on. */
  readonly disk: (node: string) => string;
  /** As root on a node. @returns what it printed */
  readonly onNode: (node: string, line: string) => Promise<string>;
  /** Without a warning; then power comes back. */
  readonly cutPower: (node: string) => Promise<void>;
}

/** Nodes that a person reaches by SSH. */
export interface SshFleet extends NodeFleet {
  /** Where root logs in with `sshKey`, and a line for known_hosts. */
  readonly sshTo: (
    node: string,
  ) => Promise<{ readonly address: string; readonly knownHost: string }>;
  /** File of a private key that every node takes. */
  readonly sshKey: string;
}

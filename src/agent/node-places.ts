import { GRUB_DIRECTORY } from '../disk/grub-images.ts';
import type { SocketPlace } from './api/serve-socket.ts';
import type { KernelFiles } from './node/find-node-disk.ts';
import { DATA_PLACES } from './persist/settle-node.ts';

/** Where things are on a node. */
export interface AgentPlaces extends KernelFiles {
  readonly sockets: readonly SocketPlace[];
  /** The first that can be written is used. */
  readonly records: readonly string[];
  readonly lastResult: readonly string[];
  readonly metadata: string;
  readonly repositories: string;
  /** GRUB's images of the running release. */
  readonly grubImages: string;
  /** Whether images that nobody signed are taken, and where their servers' certificates lie. */
  readonly trust: string;
  readonly certificates: string;
  /** What is checked on a trial, and how long it lasts. */
  readonly healthPolicy: string;
  /** os-release(5) of the image, and the file whose time is that of its build. */
  readonly osRelease: string;
  readonly clockEpoch: string;
  /** Where systemd starts a process for each connection: to fetch, to look whether the node is well, to read its journal, to configure. */
  readonly fetcher: string;
  readonly health: string;
  readonly lastWords: string;
  readonly configurer: string;
  /** What the trials of releases that failed left behind. */
  readonly failures: string;
  /** Marks for systemd's deadlines of a trial. */
  readonly trial: string;
  readonly dataReport: string;
  /** Of the image: hooks that migrate data. */
  readonly migrations: string;
}

export const NODE_PLACES: AgentPlaces = {
  proc: '/proc',
  sys: '/sys',
  dev: '/dev',
  sockets: [
    { role: 'admin', socket: '/run/kubeos/admin/agent.sock', mode: 0o700 },
    { role: 'proxy', socket: '/run/kubeos/proxy/agent.sock', mode: 0o750 },
  ],
  records: ['/persist/kubeos/slots.json', '/run/kubeos/slots.json'],
  lastResult: ['/persist/kubeos/last-result.json', '/run/kubeos/last-result.json'],
  metadata: '/persist/kubeos/metadata',
  repositories: '/usr/lib/kubeos/repositories',
  grubImages: GRUB_DIRECTORY,
  trust: '/usr/lib/kubeos/trust.json',
  certificates: '/etc/KubeOS/certs',
  healthPolicy: '/usr/lib/kubeos/health.json',
  osRelease: '/usr/lib/os-release',
  clockEpoch: '/usr/lib/clock-epoch',
  fetcher: '/run/kubeos/fetch.sock',
  health: '/run/kubeos/health.sock',
  lastWords: '/run/kubeos/last-words.sock',
  configurer: '/run/kubeos/configure.sock',
  failures: '/persist/kubeos/failures.json',
  trial: '/run/kubeos/trial',
  dataReport: DATA_PLACES.report,
  migrations: DATA_PLACES.hooks,
};

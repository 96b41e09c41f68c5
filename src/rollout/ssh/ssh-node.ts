import { z } from 'zod';

/** What of a Node (core/v1) is looked at to reach it. */
export const sshNodeSchema = z.object({
  metadata: z.object({
    ...{ name: z.string(), uid: z.string() },
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  status: z
    .object({
      nodeInfo: z.object({ bootID: z.string().default('') }).prefault({}),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
    })
    .prefault({}),
});

export type SshNode = Readonly<z.infer<typeof sshNodeSchema>>;

/** `USER@HOST:PORT`, of which HOST is enough: where a Node's own addresses do not lead. */
export const SSH_ADDRESS = 'upgrade.openeuler.org/ssh-address';

export const ADDRESS_SOURCES = ['InternalIP', 'ExternalIP', 'Hostname', 'annotation'] as const;
export type AddressSource = (typeof ADDRESS_SOURCES)[number];

/** Where the agent of a node is asked. */
export interface NodeAddress {
  readonly host: string;
  /** As an address of its own says them; null where the rule for all nodes holds. */
  readonly user: string | null;
  readonly port: number | null;
}

/** @returns null where the node has no such address */
export function addressOf(
  { metadata, status }: Pick<SshNode, 'metadata' | 'status'>,
  source: AddressSource,
): NodeAddress | null {
  if (source === 'annotation') return parsedAddress(metadata.annotations[SSH_ADDRESS] ?? '');
  const found = status.addresses.find(({ type }) => type === source);
  return found === undefined ? null : { host: found.address, user: null, port: null };
}

function parsedAddress(text: string): NodeAddress | null {
  const url = URL.parse(`ssh://${text}`);
  if (url === null || url.hostname === '' || url.pathname !== '') return null;
  return {
    // An address of IPv6 stands in brackets in a URL only.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    user: url.username === '' ? null : decodeURIComponent(url.username),
    port: url.port === '' ? null : Number(url.port),
  };
}

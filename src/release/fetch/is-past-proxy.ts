import { BlockList, isIP, isIPv6 } from 'node:net';
import type { ProxyVariables } from './http-agents.ts';

/**
 * Whether NO_PROXY names the host of that address, as curl (and Go, which the rest of a cluster is written in) reads
 * it: names with all that is below them, addresses, subnets; with or without a port. Node's own agents take a name for
 * that host alone, and know no subnets.
 */
export function isPastProxy(url: URL, variables: ProxyVariables): boolean {
  const list = variables['no_proxy'] ?? variables['NO_PROXY'] ?? '';
  const host = url.hostname.replaceAll(/^\[|\]$|\.$/g, '');
  const port = url.port === '' ? DEFAULT_PORTS.get(url.protocol) : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => covers(entry, host, port));
}

const DEFAULT_PORTS = new Map([
  ['http:', '80'],
  ['https:', '443'],
]);

function covers(entry: string, host: string, port: string | undefined): boolean {
  const [, net = '', prefix] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (prefix !== undefined) return isInSubnet(host, net, Number(prefix));
  // An address of IPv6 ends like a name with a port.
  if (isIP(entry) !== 0) return isInSubnet(host, entry);
  const [, name = '', entryPort] = /^\[?([^\]]*?)\]?(?::(\d{1,5}))?$/.exec(entry) ?? [];
  return (entryPort === undefined || entryPort === port) && isNamed(name, host);
}

function isNamed(name: string, host: string): boolean {
  if (isIP(name) !== 0) return isInSubnet(host, name);
  const domain = name.replaceAll(/^\*?\.|\.$/g, '');
  return name === '*' || host === domain || (domain !== '' && host.endsWith(`.${domain}`));
}

function isInSubnet(host: string, net: string, prefix = isIPv6(net) ? 128 : 32): boolean {
  if (isIP(host) === 0 || isIP(host) !== isIP(net)) return false;
  const family = isIPv6(net) ? 'ipv6' : 'ipv4';
  if (prefix > (family === 'ipv6' ? 128 : 32)) return false;
  const subnet = new BlockList();
  subnet.addSubnet(net, prefix, family);
  return subnet.check(host, family);
}

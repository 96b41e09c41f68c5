import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CheckResult } from './health-check.ts';

export interface NetworkPlaces {
  /** Directories of the kernel. */
  readonly proc: string;
  readonly sys: string;
}

interface Interface {
  readonly name: string;
  /** Something answers at the other end of its cable. */
  readonly hasCarrier: boolean;
}

/**
 * A default route. Without one, a release that has no driver for the network, or does not set up what is plugged in, is to
 * blame; a network where nothing is plugged in is not. Nodes of a cluster cannot do without, others may.
 */
export async function routeCheck(
  { proc, sys }: NetworkPlaces,
  isRequired: boolean,
): Promise<CheckResult> {
  const by = await defaultRoute(proc);
  if (by !== null) {
    return { name: 'route', isGood: true, isRequired, blames: 'release', message: `by ${by}` };
  }
  const interfaces = await hardwareInterfaces(sys);
  const plugged = interfaces.filter(({ hasCarrier }) => hasCarrier).map(({ name }) => name);
  const isUnplugged = interfaces.length > 0 && plugged.length === 0;
  const blames = isUnplugged ? 'node' : 'release';
  const message = `no default route; ${whatIsThere(interfaces.length, plugged)}`;
  return { name: 'route', isGood: false, isRequired, blames, message };
}

function whatIsThere(count: number, plugged: readonly string[]): string {
  if (count === 0) return 'no network interface was found';
  if (plugged.length === 0) return 'nothing is plugged in';
  return `${plugged.join(', ')} is up`;
}

const UP = 0x1;
const REJECT = 0x200;
const isUsed = (flags: string | undefined): boolean =>
  (Number.parseInt(flags ?? '0', 16) & (UP | REJECT)) === UP;

async function defaultRoute(proc: string): Promise<string | null> {
  const ipv4 = (await rowsOf(`${proc}/net/route`)).find(isDefaultIpv4);
  const ipv6 = (await rowsOf(`${proc}/net/ipv6_route`)).find(isDefaultIpv6);
  return ipv4?.[0] ?? ipv6?.at(-1) ?? null;
}

/** Columns of proc_net_route(5): interface, destination, gateway, flags, …, mask at 7. */
function isDefaultIpv4([, destination, , flags, , , , mask]: readonly string[]): boolean {
  return destination === '00000000' && mask === '00000000' && isUsed(flags);
}

/** Columns: destination, its prefix, …, flags, interface. `lo` holds what is not reachable. */
function isDefaultIpv6(row: readonly string[]): boolean {
  const [destination = '', prefix] = row;
  return /^0+$/.test(destination) && prefix === '00' && row.at(-1) !== 'lo' && isUsed(row.at(-2));
}

async function rowsOf(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

/** Those with a device behind them: bridges and tunnels have a carrier of their own. */
async function hardwareInterfaces(sys: string): Promise<readonly Interface[]> {
  const folder = path.join(sys, 'class/net');
  const names = await readdir(folder).catch((): string[] => []);
  const found = names.toSorted().map(async (name): Promise<readonly Interface[]> => {
    const hasDevice = await stat(path.join(folder, name, 'device')).then(
      () => true,
      () => false,
    );
    if (!hasDevice) return [];
    // An interface that is down has no word on its carrier: EINVAL.
    const carrier = await readFile(path.join(folder, name, 'carrier'), 'utf8').catch(() => '0');
    return [{ name, hasCarrier: carrier.trim() === '1' }];
  });
  return (await Promise.all(found)).flat();
}

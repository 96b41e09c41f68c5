import { fileURLToPath, pathToFileURL } from 'node:url';
import { KubeosError } from '../../errors.ts';
import { fileSource } from './file-source.ts';
import type { ProxyVariables, TlsFiles } from './http-agents.ts';
import type { HttpLimits } from './http-limits.ts';
import { httpSource } from './http-source.ts';
import { ociSource } from '../oci/oci-source.ts';
import { parseOciAddress } from '../oci/oci-address.ts';
import { BACKOFF, type Backoff } from './mirror-order.ts';
import { mirrors } from './mirrors.ts';
import type { Source } from './source.ts';
import { throttle, unthrottled } from './throttle.ts';
import { transferBudget, type TransferBudget } from './transfer-budget.ts';

export interface SourceOptions {
  /** Hard limit for all that is read until it is closed; default: none. */
  readonly maxTransferBytes?: number;
  /** Default: as fast as it comes. */
  readonly bytesPerSecond?: number;
  readonly tls?: TlsFiles;
  readonly proxy?: ProxyVariables;
  /** Value of the Authorization header. */
  readonly authorization?: string;
  /** Basic credentials for a registry, base64; default: it is asked without. */
  readonly registryCredentials?: (registry: string) => Promise<string | undefined>;
  readonly limits?: HttpLimits;
  readonly backoff?: Backoff;
}

export interface OpenedSource extends Disposable {
  readonly source: Source;
  readonly budget: TransferBudget;
}

/**
 * One repository at one or more addresses, asked in that order: `https://…`, `http://…`, `oci://…`, `file://…` or a
 * directory.
 * The Authorization header is for the first address's origin only.
 *
 * @throws KubeosError USAGE
 */
export function openSource(addresses: readonly string[], options: SourceOptions): OpenedSource {
  const { maxTransferBytes, bytesPerSecond, backoff = BACKOFF } = options;
  assertHeader(options.authorization ?? '');
  const budget = transferBudget(maxTransferBytes);
  const shared = {
    ...options,
    budget,
    throttle: bytesPerSecond === undefined ? unthrottled : throttle(bytesPerSecond),
  };
  const { registryCredentials: credentials = async () => undefined } = options;
  const urls = addresses.map(addressUrl);
  const sources = urls.map((url) => {
    if (url.protocol === 'file:') return fileSource(fileURLToPath(url), shared);
    if (url.protocol === 'oci:')
      return ociSource(parseOciAddress(url.href), { ...shared, credentials });
    const { authorization, ...others } = shared;
    const isFirst = url.origin === urls[0]?.origin;
    return httpSource(url, isFirst && authorization !== undefined ? shared : others);
  });
  if (sources.length === 0) throw new KubeosError('USAGE', 'no address of a repository is given');
  const source = mirrors(sources, backoff);
  return { source, budget, [Symbol.dispose]: () => source.close() };
}

/** RFC 9110, 5.5. The value is a secret. */
function assertHeader(value: string): void {
  if (/^[\t\x20-\x7e]*$/.test(value)) return;
  throw new KubeosError('USAGE', 'the Authorization header has a character that none may have', {
    hint: 'look for a line break at the end of the token',
  });
}

function addressUrl(address: string): URL {
  const url = address.includes('://') ? URL.parse(address) : pathToFileURL(address);
  // file://usb/… would be a host named usb.
  const isRemoteFile = url?.protocol === 'file:' && url.host !== '';
  const isKnown = url !== null && ['http:', 'https:', 'oci:', 'file:'].includes(url.protocol);
  if (isKnown && !isRemoteFile) return url;
  throw new KubeosError('USAGE', `${address} is no address of a repository`, {
    hint: 'give https://…, http://…, oci://…, file://… or a directory',
  });
}

import { httpSource, type HttpSourceOptions } from '../fetch/http-source.ts';
import {
  SourceError,
  type RangeRequest,
  type SmallFileRequest,
  type Source,
} from '../fetch/source.ts';
import {
  decodeFileManifest,
  MAX_FILE_MANIFEST_BYTES,
  OCI_MANIFEST,
  tagOf,
} from './file-manifest.ts';
import { apiUrl, type OciAddress } from './oci-address.ts';
import { registryToken, type TokenOptions } from './registry-token.ts';

export type OciSourceOptions = TokenOptions & Omit<HttpSourceOptions, 'authorization' | 'headers'>;

/** A repository in an OCI registry, as `ociStore` keeps it. Targets are blobs of their own digest: no manifest is read for them. */
export function ociSource(address: OciAddress, options: OciSourceOptions): Source {
  const api = authorized(address, options);
  return {
    address: `oci://${address.registry}/${address.name}`,
    mirrors: 1,
    read: (path, request) => api.read(blobOf(path), request),
    async readSmall(path, request) {
      if (path.startsWith('targets/')) return await api.readSmall(blobOf(path), request);
      return await readTagged(api, tagOf(path), request);
    },
    distrust: () => {},
    close: () => api.close(),
  };
}

function blobOf(path: string): string {
  const [, sha256] = /^targets\/([0-9a-f]{64})\./.exec(path) ?? [];
  if (sha256 !== undefined) return `blobs/sha256:${sha256}`;
  throw new SourceError('missing', `${path} is no file of a repository`);
}

async function readTagged(
  api: Authorized,
  tag: string,
  request: SmallFileRequest,
): Promise<Buffer | null> {
  const manifest = { ...request, maxBytes: MAX_FILE_MANIFEST_BYTES };
  const bytes = await api.readSmall(`manifests/${tag}`, manifest);
  if (bytes === null) return null;
  return await api.readSmall(`blobs/${decodeFileManifest(bytes, tag).digest}`, request);
}

type Authorized = Pick<Source, 'read' | 'readSmall' | 'close'>;

/** Gets a token when the registry asks for one, and another one when that has ended. */
function authorized(address: OciAddress, options: OciSourceOptions): Authorized {
  let opened: Promise<Source> | undefined;
  const open = async (signal: AbortSignal): Promise<Source> =>
    await (opened ??= openWithToken(address, options, signal));
  return {
    async *read(path, request) {
      let position = request.start;
      for (let isRetry = false; ; isRetry = true) {
        try {
          const part: RangeRequest = { ...request, start: position };
          for await (const chunk of (await open(request.signal)).read(path, part)) {
            position += chunk.length;
            yield chunk;
          }
          return;
        } catch (error) {
          opened = undefined;
          if (isRetry || !isRefused(error)) throw error;
        }
      }
    },
    async readSmall(path, request) {
      try {
        return await (await open(request.signal)).readSmall(path, request);
      } catch (error) {
        opened = undefined;
        if (!isRefused(error)) throw error;
      }
      return await (await open(request.signal)).readSmall(path, request);
    },
    close() {
      void opened?.then((source) => source.close()).catch(() => undefined);
    },
  };
}

const isRefused = (error: unknown): boolean =>
  error instanceof SourceError && error.failure === 'refused';

async function openWithToken(
  address: OciAddress,
  options: OciSourceOptions,
  signal: AbortSignal,
): Promise<Source> {
  const base = apiUrl(address);
  const authorization = await registryToken(address, options, signal);
  const headers = { accept: `${OCI_MANIFEST}, */*` };
  const credentials = authorization === undefined ? {} : { authorization };
  return httpSource(base, { ...options, headers, ...credentials });
}

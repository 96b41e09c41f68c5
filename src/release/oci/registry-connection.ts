import { setTimeout } from 'node:timers/promises';
import { KubeosError } from '../../errors.ts';
import { shownPath } from '../fetch/shown-url.ts';
import { apiUrl, type OciAddress } from './oci-address.ts';
import {
  answerChallenge,
  parseChallenge,
  type BasicCredentials,
  type GetJson,
} from './registry-auth.ts';

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Relative to the repository, `blobs/…`; or a whole address that the registry gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked for anew at each attempt. */
  readonly body?: () => AsyncIterable<Uint8Array> | Uint8Array;
  /** Statuses that are answers and not failures, besides 2xx. */
  readonly expected?: readonly number[];
}

const ATTEMPTS = 4;
const PAUSE_MS = 250;

/** The OCI distribution API for one repository, for publishing; remembers its token. */
export class RegistryConnection {
  readonly #address: OciAddress;
  readonly #credentials: BasicCredentials | undefined;
  #authorization: string | undefined;

  constructor(address: OciAddress, credentials: BasicCredentials | undefined) {
    this.#address = address;
    this.#credentials = credentials;
  }

  /**
   * Broken connections and overloaded servers are tried again.
   *
   * @throws KubeosError NETWORK for any other status than 2xx and those expected
   */
  async send(request: RegistryRequest): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= ATTEMPTS;
      const response = await this.#attempt(request, isLast);
      if (response !== null) return response;
      await setTimeout(PAUSE_MS * attempt);
    }
  }

  /** Null: worth another try. */
  async #attempt(request: RegistryRequest, isLast: boolean): Promise<Response | null> {
    try {
      const response = await this.#authorized(request);
      if (response.ok || request.expected?.includes(response.status) === true) return response;
      const text = (await response.text()).slice(0, 500);
      if (isLast || !isPassing(response.status)) {
        throw this.#refused(request, response.status, text);
      }
    } catch (error) {
      if (isLast || error instanceof KubeosError) throw this.#unreachable(error);
    }
    return null;
  }

  async #authorized(request: RegistryRequest): Promise<Response> {
    const first = await this.#once(request);
    const header = first.headers.get('www-authenticate');
    const challenge = header === null ? undefined : parseChallenge(header);
    if (first.status !== 401 || challenge === undefined) return first;
    await first.body?.cancel();
    const { registry, name } = this.#address;
    const scope = `repository:${name}:pull,push,delete`;
    const question = { registry, credentials: this.#credentials, scope };
    this.#authorization = await answerChallenge(challenge, question, getJson);
    return await this.#once(request);
  }

  async #once({ method, path, headers = {}, body }: RegistryRequest): Promise<Response> {
    const base = apiUrl(this.#address);
    const url = new URL(path, base);
    const isOwn = url.origin === base.origin;
    const authorization =
      this.#authorization !== undefined && isOwn ? { authorization: this.#authorization } : {};
    const content = body?.();
    return await fetch(url, {
      method,
      headers: { ...headers, ...authorization },
      ...(content === undefined
        ? {}
        : {
            body: content instanceof Uint8Array ? Buffer.from(content) : streamOf(content),
            duplex: 'half',
          }),
    });
  }

  #refused({ method, path }: RegistryRequest, status: number, text: string): KubeosError {
    const { registry, name } = this.#address;
    const isDenied = status === 401 || status === 403;
    return new KubeosError(
      'NETWORK',
      `${registry} answered ${status} to ${method} ${shownPath(path)} of ${name}: ${text}`,
      {
        hint: isDenied
          ? `log in with \`docker login ${registry}\`, as somebody who may push; a config.json with its credentials is read, credential helpers are not run`
          : 'try again later',
      },
    );
  }

  #unreachable(error: unknown): unknown {
    if (error instanceof KubeosError) return error;
    const { registry } = this.#address;
    return new KubeosError('NETWORK', `cannot reach ${registry}: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check the network, and HTTPS_PROXY where there is a proxy',
    });
  }
}

const getJson: GetJson = async (url, headers) => {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return await response.json();
};

function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

import { setTimeout } from 'node:timers/promises';
import { KubeosError } from '../../../errors.ts';
import {
  answerChallenge,
  type BasicCredentials,
  type GetJson,
  isLocal,
  parseChallenge,
} from '../../../release/oci/registry-auth.ts';

export interface RegistryAddress {
  readonly registry: string;
  readonly name: string;
  readonly credentials: BasicCredentials | undefined;
  readonly signal: AbortSignal;
}

const ATTEMPTS = 4;
const PAUSE_MS = 250;
const HUB = 'registry-1.docker.io';

/** The pulling half of the OCI distribution API for one repository; remembers its token. */
export class RegistryClient {
  readonly #address: RegistryAddress;
  #authorization: string | undefined;

  constructor(address: RegistryAddress) {
    this.#address = address;
  }

  /**
   * What `use` makes of the answer to a GET below `/v2/<name>/`; connections that break and servers that are
   * overloaded are tried again, from the beginning.
   * @throws KubeosError NETWORK; what `use` throws as a KubeosError
   */
  async get<Result>(
    path: string,
    accept: string,
    use: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    const { signal } = this.#address;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#authorized(path, accept);
        if (response.ok) return await use(response);
        await response.body?.cancel();
        if (!isPassing(response.status) || attempt >= ATTEMPTS) throw this.#refused(path, response);
      } catch (error) {
        if (error instanceof KubeosError || signal.aborted) throw error;
        if (attempt >= ATTEMPTS) throw this.#unreachable(path, error);
      }
      await setTimeout(PAUSE_MS * attempt, undefined, { signal });
    }
  }

  async #authorized(path: string, accept: string): Promise<Response> {
    const first = await this.#send(path, accept);
    const header = first.headers.get('www-authenticate');
    const challenge = header === null ? undefined : parseChallenge(header);
    if (first.status !== 401 || challenge === undefined) return first;
    await first.body?.cancel();
    const { registry, name, credentials, signal } = this.#address;
    const scope = `repository:${name}:pull`;
    const getJson: GetJson = async (url, headers) => {
      const response = await fetch(url, { headers, signal });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      return await response.json();
    };
    this.#authorization = await answerChallenge(
      challenge,
      { registry, credentials, scope },
      getJson,
    );
    return await this.#send(path, accept);
  }

  async #send(path: string, accept: string): Promise<Response> {
    const { registry, name, signal } = this.#address;
    const host = registry === 'docker.io' ? HUB : registry;
    const url = `${isLocal(host) ? 'http' : 'https'}://${host}/v2/${name}/${path}`;
    const headers: Record<string, string> = { Accept: accept };
    // fetch drops this header when a redirect leads to another origin, as to a storage server.
    if (this.#authorization !== undefined) headers['Authorization'] = this.#authorization;
    return await fetch(url, { headers, signal });
  }

  #refused(path: string, { status }: Response): KubeosError {
    const { registry, name } = this.#address;
    const what = `${registry} answered ${status} for ${path} of ${name}`;
    if (status === 404) {
      return new KubeosError('NETWORK', what, {
        hint: 'there is no such image, or it was deleted; check the name and the digest in base.image',
      });
    }
    const isDenied = status === 401 || status === 403;
    const hint = isDenied
      ? `log in with \`docker login ${registry}\`; a config.json with its credentials is read, credential helpers are not run`
      : 'try again later, or use a mirror of the image';
    return new KubeosError('NETWORK', what, { hint });
  }

  #unreachable(path: string, error: unknown): KubeosError {
    const { registry, name } = this.#address;
    return new KubeosError(
      'NETWORK',
      `cannot fetch ${path} of ${name} from ${registry}: ${reasonOf(error)}`,
      { cause: error, hint: 'check the network, and HTTPS_PROXY where there is a proxy' },
    );
  }
}

/** Answers that a second try may change. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** fetch says only "fetch failed"; the reason is its innermost cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

import { Agent, request as askSecurely } from 'node:https';
import { request as askPlainly, type IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeosError } from '../errors.ts';

/** One request to the API server. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v1/nodes/n1`; every part of it that is a name is already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** What the API server said, whatever its status. */
export interface KubeAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Seconds, of the Retry-After header. */
  readonly retryAfter: number | null;
}

/** Which API server, and what proves who asks: of client-node's KubeConfig, what is used here. */
export interface ApiAccess {
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** An API server that is asked for too long answers with 504 itself; one that says nothing for longer is gone. */
const SILENCE_MS = 75_000;

/**
 * The API server of one cluster, as one user. Who that is, and what proves it, client-node's KubeConfig finds out (contexts,
 * exec plugins, tokens that are renewed in their file), or the pod says.
 */
export class KubeApi {
  readonly #config: ApiAccess;
  #agent: { readonly agent: Agent; readonly proof: string } | null = null;

  constructor(config: ApiAccess) {
    this.#config = config;
  }

  /** @throws KubeosError CLUSTER where nobody answers; CANCELLED is the signal's own reason */
  async ask(asked: KubeRequest): Promise<KubeAnswer> {
    const answer = await this.#send(asked, SILENCE_MS);
    const text = await textOf(answer, asked);
    return { status: answer.statusCode ?? 0, body: parsed(text), retryAfter: retryAfterOf(answer) };
  }

  /** The body of an answer that has no end, such as a watch; the caller reads it. */
  async open(asked: KubeRequest): Promise<{ status: number; stream: IncomingMessage }> {
    const stream = await this.#send(asked, null);
    return { status: stream.statusCode ?? 0, stream };
  }

  async #send(asked: KubeRequest, silenceMs: number | null): Promise<IncomingMessage> {
    asked.signal?.throwIfAborted();
    const url = this.#urlOf(asked);
    const content = asked.body === undefined ? null : Buffer.from(JSON.stringify(asked.body));
    const options = await this.#optionsFor(asked, content);
    const asking = (url.protocol === 'http:' ? askPlainly : askSecurely)(url, options);
    if (silenceMs !== null) {
      asking.setTimeout(silenceMs, () => asking.destroy(new Error(`silent for ${silenceMs} ms`)));
    }
    // Half-open connections are found by the kernel, without a request (tcp(7)).
    asking.once('socket', (socket) => socket.setKeepAlive(true, 30_000));
    asking.end(content ?? undefined);
    return await new Promise((resolve, reject) => {
      asking.once('response', resolve);
      asking.once('error', (cause) => {
        reject(asked.signal?.aborted === true ? asked.signal.reason : noAnswer(url.origin, cause));
      });
    });
  }

  #urlOf({ path, query = {} }: KubeRequest): URL {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw noCluster();
    const url = new URL(`${cluster.server.replace(/\/$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }

  async #optionsFor(
    { method, contentType, signal }: KubeRequest,
    content: Buffer | null,
  ): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    return {
      ...options,
      ...{ method, agent: this.#agentFor(options) },
      headers: {
        // Who asks, as KubeConfig says it.
        ...Object.fromEntries(Object.entries(options.headers ?? {})),
        ...{ accept: 'application/json', 'user-agent': 'kubeos' },
        // Node sends the body of a DELETE without saying how long it is, unless told to.
        ...(content !== null && {
          'content-type': contentType ?? 'application/json',
          'content-length': content.length,
        }),
      },
      ...(signal !== undefined && { signal }),
    };
  }

  /** client-node's keeps no connection; one to a proxy is used as it is. */
  #agentFor({ agent, ca, cert, key, rejectUnauthorized, servername }: RequestOptions) {
    if (!(agent instanceof Agent) || agent.constructor !== Agent) return agent;
    const trust = { ca, cert, key, servername, rejectUnauthorized };
    const proof = JSON.stringify(trust);
    if (this.#agent?.proof !== proof) {
      const given = Object.fromEntries(
        Object.entries(trust).filter(([, value]) => value !== undefined),
      );
      this.#agent = { agent: new Agent({ ...given, keepAlive: true }), proof };
    }
    return this.#agent.agent;
  }
}

/** Longer than any list page. */
const MAX_BYTES = 256 * 2 ** 20;

async function textOf(answer: IncomingMessage, { path, signal }: KubeRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw noAnswer(path, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function retryAfterOf({ headers }: Pick<IncomingMessage, 'headers'>): number | null {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 300) : null;
}

function noCluster(): KubeosError {
  return new KubeosError('CLUSTER', 'no cluster is named', {
    hint: 'kubectl config use-context NAME, or --kubeconfig FILE --context NAME',
  });
}

function noAnswer(where: string, cause: unknown): KubeosError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KubeosError('CLUSTER', `the API server does not answer (${where}): ${why}`, {
    cause,
    hint: 'kubectl get --raw /readyz asks it the same way',
  });
}

import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isPastProxy } from './is-past-proxy.ts';

/** PEM. */
export interface TlsFiles {
  /** Trusted in place of the system's authorities. */
  readonly ca?: string | Buffer;
  /** The client's certificate and key, where the server asks for one. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capitals or not, as curl reads them. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>;

/** Kept connections to servers, and through proxies. */
export interface HttpAgents {
  /** Another origin, where a redirect led, is not shown the client's certificate. */
  agentFor(url: URL): HttpAgent | HttpsAgent;
  close(): void;
}

const KEPT = { keepAlive: true, maxFreeSockets: 2 } as const;

/** To one server at one time; a request waits for its turn. */
const SOCKETS = 4;

export function httpAgents(
  origin: string,
  {
    tls = {},
    proxy = {},
    maxSockets = SOCKETS,
  }: {
    readonly tls?: TlsFiles;
    readonly proxy?: ProxyVariables;
    readonly maxSockets?: number;
  },
): HttpAgents {
  const options = { ...KEPT, maxSockets };
  const direct = agentsOf(tls, options);
  // The agents of Node 26 speak to proxies: CONNECT for https, the whole address in the request for http.
  const proxied = agentsOf(tls, { ...options, proxyEnv: proxy });
  return {
    agentFor(url) {
      const { plain, own, foreign } = isPastProxy(url, proxy) ? direct : proxied;
      if (url.protocol === 'http:') return plain;
      return url.origin === origin ? own : foreign;
    },
    close() {
      for (const agents of [direct, proxied]) {
        for (const agent of Object.values(agents)) agent.destroy();
      }
    },
  };
}

function agentsOf(tls: TlsFiles, options: AgentOptions) {
  const { ca } = tls;
  return {
    plain: new HttpAgent(options),
    own: new HttpsAgent({ ...options, ...tls }),
    foreign: new HttpsAgent({ ...options, ...(ca === undefined ? {} : { ca }) }),
  };
}

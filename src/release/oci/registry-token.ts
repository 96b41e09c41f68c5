import { httpAgents, type HttpAgents } from '../fetch/http-agents.ts';
import { HTTP_LIMITS, type HttpLimits } from '../fetch/http-limits.ts';
import type { HttpSourceOptions } from '../fetch/http-source.ts';
import { readBody } from '../fetch/read-body.ts';
import { sendRequest } from '../fetch/send-request.ts';
import type { TransferBudget } from '../fetch/transfer-budget.ts';
import { apiUrl, type OciAddress } from './oci-address.ts';
import {
  answerChallenge,
  parseChallenge,
  type BasicCredentials,
  type Challenge,
} from './registry-auth.ts';

export interface TokenOptions extends Pick<
  HttpSourceOptions,
  'budget' | 'tls' | 'proxy' | 'limits'
> {
  /** For a registry, where there are any. */
  readonly credentials: (registry: string) => Promise<BasicCredentials | undefined>;
}

const MAX_TOKEN_BYTES = 65_536;

interface Asking {
  readonly agents: HttpAgents;
  readonly limits: HttpLimits;
  readonly budget: TransferBudget;
  readonly signal: AbortSignal;
}

/**
 * The Authorization header that lets pull from a repository; undefined where the registry wants none.
 *
 * @throws SourceError; KubeosError NETWORK
 */
export async function registryToken(
  address: OciAddress,
  options: TokenOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { registry, name } = address;
  const { limits = HTTP_LIMITS, budget } = options;
  const agents = httpAgents(apiUrl(address).origin, options);
  const asking = { agents, limits, budget, signal };
  try {
    const challenge = await challengeOf(new URL('/v2/', apiUrl(address)), asking);
    if (challenge === undefined) return undefined;
    const credentials = await options.credentials(registry);
    const question = { registry, credentials, scope: `repository:${name}:pull` };
    return await answerChallenge(
      challenge,
      question,
      async (realm, headers) => await readJson(realm, headers, asking),
    );
  } finally {
    agents.close();
  }
}

/** `/v2/` says who may come in (distribution specification, "Endpoints", end-1). */
async function challengeOf(url: URL, asking: Asking): Promise<Challenge | undefined> {
  const { response } = await sendRequest({ url, headers: {}, ...asking });
  response.destroy();
  const header = response.headers['www-authenticate'];
  if (response.statusCode !== 401 || header === undefined) return undefined;
  return parseChallenge(header);
}

async function readJson(
  url: URL,
  headers: Readonly<Record<string, string>>,
  asking: Asking,
): Promise<unknown> {
  const { limits, budget, signal } = asking;
  const answer = await sendRequest({ url, headers, ...asking });
  const add = (received: number): void => budget.add(received);
  const body = readBody(answer, { url, limits, signal, add, check: () => undefined });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_TOKEN_BYTES) throw new Error('its answer never ends');
  }
  const { statusCode = 0 } = answer.response;
  if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
  const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return parsed;
}

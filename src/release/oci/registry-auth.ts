import { z } from 'zod';
import { KubeosError } from '../../errors.ts';

/** What a registry asks for when it answers 401 (RFC 9110 section 11.6.1). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** `user:password` in base64, as Basic authentication sends it. */
export type BasicCredentials = string;

export interface TokenRequest {
  readonly registry: string;
  readonly credentials: BasicCredentials | undefined;
  /** Used where the challenge names no scope. */
  readonly scope: string;
}

/** Fetches JSON from a realm. @throws what says why there is none */
export type GetJson = (url: URL, headers: Readonly<Record<string, string>>) => Promise<unknown>;

export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  const parameters = new Map(
    [...rest.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', value = '']) => [
      key.toLowerCase(),
      value.replaceAll(/\\(.)/g, '$1'),
    ]),
  );
  const realm = parameters.get('realm');
  if (realm === undefined) return undefined;
  const [service, scope] = [parameters.get('service'), parameters.get('scope')];
  return { scheme: 'bearer', realm, service, scope };
}

/**
 * The value of an Authorization header that answers a challenge: Basic with the credentials, or a token from the
 * realm (Docker registry token authentication), which gives out anonymous ones too. Undefined where there is no answer.
 *
 * @param getJson how the realm is asked, because not every process has the same way to the network
 * @throws KubeosError NETWORK when the realm gives no token
 */
export async function answerChallenge(
  challenge: Challenge,
  request: TokenRequest,
  getJson: GetJson,
): Promise<string | undefined> {
  const { registry, credentials } = request;
  const basic = credentials === undefined ? undefined : `Basic ${credentials}`;
  if (challenge.scheme === 'basic') return basic;
  const url = tokenAddress(challenge, request);
  const answer = await ask(getJson, url, basic).catch((error: unknown) => {
    throw noToken(registry, url, error instanceof Error ? error.message : String(error));
  });
  const parsed = tokenAnswer.safeParse(answer);
  const token = parsed.data?.token ?? parsed.data?.access_token;
  if (token === undefined) throw noToken(registry, url, 'its answer holds none');
  return `Bearer ${token}`;
}

async function ask(getJson: GetJson, url: URL, basic: string | undefined): Promise<unknown> {
  return await getJson(url, basic === undefined ? {} : { authorization: basic });
}

const tokenAnswer = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
});

function tokenAddress(
  challenge: Challenge & { readonly scheme: 'bearer' },
  request: TokenRequest,
): URL {
  const { realm } = challenge;
  if (!URL.canParse(realm)) throw badRealm(request.registry, realm);
  const url = new URL(realm);
  // Credentials never go over a connection that anybody can read or answer.
  const isOnThisMachine = isLocal(request.registry) && isLocal(url.host);
  if (url.protocol !== 'https:' && !isOnThisMachine) throw badRealm(request.registry, realm);
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  url.searchParams.set('scope', challenge.scope ?? request.scope);
  return url;
}

/** Plain HTTP is for a registry on this machine alone, as with Docker. */
export function isLocal(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
}

function badRealm(registry: string, realm: string): KubeosError {
  return new KubeosError(
    'NETWORK',
    `${registry} sends for a token to ${JSON.stringify(realm)}, which is no https address`,
  );
}

function noToken(registry: string, url: URL, why: string): KubeosError {
  return new KubeosError('NETWORK', `${url.host} gives no token for ${registry}: ${why}`, {
    hint: `if the image is not public, log in with \`docker login ${registry}\`; a config.json with its credentials is read, credential helpers are not run`,
  });
}

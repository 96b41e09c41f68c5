import { sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { hostCommands } from '../../../host/run-commands.ts';
import { listenLocally } from './listen-locally.ts';

export interface TokenServer extends AsyncDisposable {
  /** `auth.token` of the registry that believes this server. */
  readonly registryConfiguration: object;
}

export interface TokenRules {
  /** The repository that everybody may pull. */
  readonly publicName: string;
  /** user:password that may do everything. */
  readonly login: string;
}

/** The realm of a registry: gives out tokens as Docker's token authentication specifies them, signed by a key of its own. */
export async function startTokenServer(directory: string, rules: TokenRules): Promise<TokenServer> {
  const key = path.join(directory, 'token.key');
  const certificate = path.join(directory, 'token.crt');
  const commands = hostCommands({ signal: new AbortController().signal });
  const curve = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=test',
  ];
  const args = ['req', '-x509', ...curve, '-days', '2', '-keyout', key, '-out', certificate];
  await commands.run({ tool: 'openssl', args });
  const issuer = await loadIssuer(key, certificate);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const isKnown =
      request.headers.authorization === `Basic ${Buffer.from(rules.login).toString('base64')}`;
    const [type = '', name = '', actions = ''] = (url.searchParams.get('scope') ?? '').split(':');
    const wanted = actions.split(',');
    const allowed = isKnown
      ? wanted
      : wanted.filter((action) => action === 'pull' && name === rules.publicName);
    response.end(JSON.stringify({ token: issuer([{ type, name, actions: allowed }]) }));
  });
  const local = await listenLocally(server);
  const realm = `http://${local.address}/token`;
  return {
    registryConfiguration: { realm, service: 'test', issuer: 'test', rootcertbundle: certificate },
    [Symbol.asyncDispose]: async () => await local[Symbol.asyncDispose](),
  };
}

/** JSON Web Tokens (RFC 7519) with the certificate in their header. */
async function loadIssuer(
  keyFile: string,
  certificateFile: string,
): Promise<(access: readonly object[]) => string> {
  const key = await readFile(keyFile, 'utf8');
  const certificate = await readFile(certificateFile, 'utf8');
  const body = certificate.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  return (access) => {
    const now = Math.floor(Date.now() / 1000);
    const times = { nbf: now - 60, iat: now - 60, exp: now + 600 };
    const claims = { iss: 'test', sub: '', aud: 'test', ...times, jti: String(now), access };
    const head = { typ: 'JWT', alg: 'ES256', x5c: [body] };
    const parts = [head, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = sign('sha256', Buffer.from(parts.join('.')), {
      key,
      dsaEncoding: 'ieee-p1363',
    });
    return [...parts, signature.toString('base64url')].join('.');
  };
}

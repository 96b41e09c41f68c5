import { decideAnswer, type Wanted } from './decide-answer.ts';
import type { HttpAgents } from './http-agents.ts';
import type { HttpLimits } from './http-limits.ts';
import { redirectUrl } from './redirect-url.ts';
import { sendRequest, type HttpAnswer } from './send-request.ts';
import { shownUrl } from './shown-url.ts';
import { SourceError } from './source.ts';
import type { TransferBudget } from './transfer-budget.ts';

export interface HttpServer {
  /** Ends in "/"; no credentials in it. */
  readonly base: URL;
  readonly authorization: string | undefined;
  /** Of every request to it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly agents: HttpAgents;
  readonly limits: HttpLimits;
  readonly budget: TransferBudget;
}

export interface FileRequest {
  readonly path: string;
  readonly wanted: Wanted;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The head of the answer that has the file. */
export interface FoundFile {
  readonly url: URL;
  readonly answer: HttpAnswer;
  /** Bytes at the beginning of the body that were not asked for. */
  readonly skip: number;
  /** Bytes of the body that are to be read. */
  readonly bodyBytes: number;
}

/**
 * Asks for a file and follows redirects, a few.
 *
 * @throws SourceError; KubeosError NETWORK when the budget does not cover it
 */
export async function findFile(server: HttpServer, request: FileRequest): Promise<FoundFile> {
  let url = new URL(request.path, server.base);
  for (let redirects = 0; redirects <= server.limits.maxRedirects; redirects += 1) {
    const next = await ask(server, url, request);
    if (!(next instanceof URL)) return next;
    url = next;
  }
  throw new SourceError(
    'broken',
    `${shownUrl(new URL(request.path, server.base))} redirects without end`,
  );
}

async function ask(server: HttpServer, url: URL, request: FileRequest): Promise<FoundFile | URL> {
  const { agents, limits, budget } = server;
  const { wanted, signal } = request;
  budget.expect(wanted.kind === 'range' ? wanted.end - wanted.start : 0);
  const headers = headersFor(server, url, request);
  const answer = await sendRequest({ url, headers, agents, limits, signal, budget });
  const { response } = answer;
  const head = { status: response.statusCode ?? 0, headers: response.headers };
  const decision = decideAnswer(head, wanted, Date.now());
  if (decision.kind === 'body') return covered(server, { url, answer, ...decision });
  // What its body says helps nobody here, and could be endless.
  response.destroy();
  budget.add(answer.received());
  if (decision.kind === 'redirect') return redirectUrl(url, decision.location);
  const { failure, why, retryAfterMs } = decision;
  throw new SourceError(failure, `${shownUrl(url)} ${why}`, { retryAfterMs });
}

/** A server without Range sends more than was asked for: not if the budget has no room for it. */
function covered({ budget }: HttpServer, found: FoundFile): FoundFile {
  try {
    budget.cover(found.bodyBytes);
    return found;
  } catch (error) {
    found.answer.response.destroy();
    budget.add(found.answer.received());
    throw error;
  }
}

function headersFor(
  { base, authorization, headers: own }: HttpServer,
  url: URL,
  { headers }: FileRequest,
): Record<string, string> {
  return {
    'accept-encoding': 'identity',
    'user-agent': 'kubeos',
    ...own,
    ...headers,
    // Credentials never follow a redirect to somebody else (containerd's CVE-2020-15157).
    ...(authorization !== undefined && url.origin === base.origin ? { authorization } : {}),
  };
}

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** An answer that is no content: `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** An error code of kubeos, where there is one. */
  readonly code?: string;
  readonly headers?: OutgoingHttpHeaders;
}

export const NOT_FOUND: Problem = { status: 404, title: 'There is no such file' };

/** Sends it whole. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  writeProblem(response, problem);
  response.end();
}

/** All of it but the end of the response. */
export function writeProblem(response: ServerResponse, problem: Problem): void {
  const { status, title, code } = problem;
  const body = JSON.stringify({ status, title, ...(code === undefined ? {} : { code }) });
  response.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...problem.headers,
  });
  if (response.req.method !== 'HEAD') response.write(body);
}

import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { OperationBusy } from '../operations/operation-queue.ts';

/** What a call is answered with. */
export type Answer =
  | { readonly status: number; readonly body: object }
  | { readonly status: number; readonly text: string; readonly type: string }
  /** A line of JSON for each, until there are no more; null says that the client went. */
  | { readonly status: number; readonly lines: (signal: AbortSignal) => AsyncIterable<object> };

export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly remedy?: string | undefined;
}

/** A problem document (RFC 9457). */
export function problem(status: number, { code, title, remedy }: Problem): Answer {
  return {
    status,
    body: { type: 'about:blank', status, code, title, ...(remedy !== undefined && { remedy }) },
  };
}

/** What was thrown, as an answer. */
export function problemOf(error: unknown): Answer {
  if (error instanceof z.ZodError) {
    return problem(400, { code: 'USAGE', title: z.prettifyError(error) });
  }
  if (!(error instanceof KubeosError)) {
    const title = error instanceof Error ? error.message : 'a bug';
    return problem(500, { code: 'INTERNAL', title });
  }
  const { code, message, hint } = error;
  return problem(statusOf(error), { code, title: message, remedy: hint });
}

function statusOf(error: KubeosError): number {
  if (error instanceof OperationBusy || error.code === 'REFUSED') return 409;
  return error.code === 'USAGE' ? 400 : 500;
}

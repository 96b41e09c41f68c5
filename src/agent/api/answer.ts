import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { SettingsRefused, type Refusal } from '../configure/refusal.ts';
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
  /** Of settings: each with its rule and remedy. */
  readonly refusals?: readonly Refusal[] | undefined;
}

/** A problem document (RFC 9457). */
export function problem(status: number, { code, title, remedy, refusals }: Problem): Answer {
  const more = { ...(remedy !== undefined && { remedy }), ...(refusals && { refusals }) };
  return { status, body: { type: 'about:blank', status, code, title, ...more } };
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
  const refusals = error instanceof SettingsRefused ? error.refusals : undefined;
  return problem(statusOf(error), { code, title: message, remedy: hint, refusals });
}

function statusOf(error: KubeosError): number {
  if (error instanceof OperationBusy || error.code === 'REFUSED') return 409;
  if (error.code === 'SETTINGS_REFUSED') return 422;
  return error.code === 'USAGE' ? 400 : 500;
}

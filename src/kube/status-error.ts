import { z } from 'zod';
import { KubeosError } from '../errors.ts';
import type { KubeAnswer, KubeRequest } from './kube-api.ts';

/** meta/v1 Status, as far as an answer is one. */
const statusSchema = z.object({
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** An answer that is no success. */
export class KubeStatusError extends KubeosError {
  readonly method: KubeRequest['method'];
  readonly status: number;
  /** Machine-readable, such as `AlreadyExists`. */
  readonly reason: string;
  /** Seconds, in which the server does not want to be asked again. */
  readonly retryAfter: number | null;

  constructor({ method, path }: KubeRequest, { status, body, retryAfter }: KubeAnswer) {
    const { reason, message } = statusSchema.catch({ reason: '', message: '' }).parse(body);
    const said = message === '' ? `status ${status}` : message;
    super('CLUSTER', `${method} ${path}: ${said}`, hintFor(status));
    this.name = 'KubeStatusError';
    this.method = method;
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** @throws KubeStatusError where it is no success */
export function assertDone(request: KubeRequest, answer: KubeAnswer): unknown {
  if (answer.status >= 300) throw new KubeStatusError(request, answer);
  return answer.body;
}

function hintFor(status: number): { readonly hint?: string } {
  if (status === 401) return { hint: 'log in again: kubectl auth whoami' };
  if (status === 403) return { hint: 'kubectl auth can-i --list says what this account may do' };
  return {};
}

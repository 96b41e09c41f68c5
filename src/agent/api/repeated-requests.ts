import { hash } from 'node:crypto';
import { problem, type Answer } from './answer.ts';

export interface Keyed {
  /** As the client calls this request of its own; the same again is the same request. */
  readonly key: string;
  /** Socket, method, path and body. */
  readonly call: readonly string[];
}

interface Remembered {
  readonly callSha256: string;
  readonly answer: Promise<Answer>;
}

const MAX_REMEMBERED = 64;

/**
 * What was asked under a key is done once, however often it is asked (draft-ietf-httpapi-idempotency-key-header). Kept in
 * memory: after a restart of the agent every call is as safe to repeat as it is without a key.
 */
export class RepeatedRequests {
  readonly #remembered = new Map<string, Remembered>();

  async once({ key, call }: Keyed, run: () => Promise<Answer>): Promise<Answer> {
    const callSha256 = hash('sha256', JSON.stringify(call));
    const before = this.#remembered.get(key);
    if (before === undefined) return await this.#remember(key, { callSha256, answer: run() });
    if (before.callSha256 === callSha256) return await before.answer;
    return problem(422, {
      code: 'USAGE',
      title: `the key ${JSON.stringify(key)} was used for another request`,
      remedy: 'use a key of its own for each request',
    });
  }

  async #remember(key: string, remembered: Remembered): Promise<Answer> {
    this.#remembered.set(key, remembered);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
    const answer = await remembered.answer;
    // What was not begun may be asked again.
    if (answer.status >= 400) this.#remembered.delete(key);
    return answer;
  }
}

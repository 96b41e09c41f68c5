import { get } from 'node:http';

const MAX_LETTERS = 200;

export interface HttpAnswer {
  /** Null where nothing answered. */
  readonly status: number | null;
  /** The beginning of what was said, or why nothing was. */
  readonly text: string;
}

/** Asks a service of this node. Never throws. */
export async function askHttp(url: string, timeoutMs: number): Promise<HttpAnswer> {
  return await new Promise((resolve) => {
    const fail = (error: unknown): void => {
      resolve({ status: null, text: error instanceof Error ? error.message : 'no answer' });
    };
    const signal = AbortSignal.timeout(timeoutMs);
    const asking = get(url, { signal }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text = `${text}${chunk}`.slice(0, MAX_LETTERS)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? null, text }));
      answer.on('error', fail);
    });
    asking.on('error', fail);
  });
}

/** What the CRD of OSInstance takes of a proxy; longer ones would not fit into the objects that tell of many nodes. */
export const MAX_MESSAGE = 4096;
export const MAX_WORD = 256;

/** Cut where it is longer than so many UTF-16 units, which are never fewer than the characters that an API server counts. */
export function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text;
}

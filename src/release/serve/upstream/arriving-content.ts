import type { Content, Origin } from '../content.ts';
import type { Arrival, ArrivalHead } from './arrival.ts';

/** A target that is on its way, as content: its name says what it will be. */
export function arrivingContent(
  sha256: string,
  { sizeBytes, modifiedMs }: ArrivalHead,
  { arrival, origin }: { readonly arrival: Arrival; readonly origin: Origin },
): Content {
  return {
    sizeBytes,
    modifiedMs,
    etag: `"${sha256}"`,
    origin,
    headers: {},
    read: (buffer, position, gone) => arrival.read(buffer, position, gone()),
    [Symbol.asyncDispose]: () => arrival.leave(),
  };
}

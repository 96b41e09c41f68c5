import type { Duplex } from 'node:stream';
import { exchangeOver, unexpected, type Exchange } from '../fetcher/fetcher.ts';
import type { Certificates } from './read-certificates.ts';

export interface TarAddress {
  readonly address: string;
  readonly tls: Certificates;
  readonly maxTransferBytes: number | undefined;
  readonly bytesPerSecond: number | undefined;
  /** Ends the fetcher, wherever it is. */
  readonly signal: AbortSignal;
}

/** A tar on its way by the fetcher: what it says of it is believed once the checksum is right. */
export interface TarFetcher extends Disposable {
  /** As the server says; exactly so many come. */
  readonly bytes: number;
  /** @param onBytes told what came over the network until now */
  pieces(onBytes: (bytesTransferred: number) => void): AsyncGenerator<Uint8Array>;
}

/** @throws SourceError */
export async function openTarFetcher(socket: Duplex, order: TarAddress): Promise<TarFetcher> {
  using stack = new DisposableStack();
  const exchange = stack.use(exchangeOver(socket, order.signal));
  const { address, tls, maxTransferBytes = null, bytesPerSecond = null } = order;
  await exchange.ask({ ask: 'tar', address, tls, maxTransferBytes, bytesPerSecond });
  const { told } = await exchange.hear();
  if (told.tell !== 'tar') throw unexpected(told);
  const { bytes } = told;
  const held = stack.move();
  return {
    bytes,
    pieces: (onBytes) => piecesOf(exchange, bytes, onBytes),
    [Symbol.dispose]: () => held.dispose(),
  };
}

async function* piecesOf(
  exchange: Exchange,
  bytes: number,
  onBytes: (bytesTransferred: number) => void,
): AsyncGenerator<Uint8Array> {
  await exchange.ask({ ask: 'pieces' });
  for (let left = bytes; left > 0;) {
    const { told, bytes: piece } = await exchange.hear();
    if (told.tell !== 'piece' || piece.length === 0 || piece.length > left) throw unexpected(told);
    left -= piece.length;
    onBytes(told.bytesTransferred);
    yield piece;
  }
}

import { KubeosError } from '../../errors.ts';
import { BLOCK_BYTES } from '../../release/block-table.ts';
import {
  openHttpFile,
  type HttpFile,
  type HttpFileOptions,
} from '../../release/fetch/http-file.ts';
import type { MessagePipe } from '../message-pipe.ts';
import type { Tell, TarAsk } from './messages.ts';

/** What the agent asks about a plain tar: how long it is, and then all of it. */
export class TarCalls implements Disposable {
  readonly #pipe: MessagePipe;
  readonly #patience: Pick<HttpFileOptions, 'limits' | 'backoff'>;
  readonly #signal: AbortSignal;
  #found: { readonly file: HttpFile; readonly bytes: number } | null = null;

  constructor(
    pipe: MessagePipe,
    patience: Pick<HttpFileOptions, 'limits' | 'backoff'>,
    signal: AbortSignal,
  ) {
    this.#pipe = pipe;
    this.#patience = patience;
    this.#signal = signal;
  }

  async answer(asked: TarAsk): Promise<void> {
    if (asked.ask === 'tar') await this.#find(asked);
    else await this.#send();
  }

  [Symbol.dispose](): void {
    this.#found?.file[Symbol.dispose]();
  }

  async #find({
    address,
    tls: { ca, cert, key },
    maxTransferBytes,
    bytesPerSecond,
  }: Extract<TarAsk, { ask: 'tar' }>): Promise<void> {
    const file = openHttpFile(new URL(address), {
      ...this.#patience,
      tls: { ...(ca !== null && { ca }), ...(cert !== null && key !== null && { cert, key }) },
      proxy: process.env,
      ...(maxTransferBytes !== null && { maxTransferBytes }),
      ...(bytesPerSecond !== null && { bytesPerSecond }),
    });
    const bytes = await file.length(this.#signal);
    this.#found = { file, bytes };
    await this.#pipe.send({ tell: 'tar', bytes } satisfies Tell);
  }

  /** A MiB at a time, as fast as the agent takes it. */
  async #send(): Promise<void> {
    if (this.#found === null) throw new KubeosError('INTERNAL', 'no tar was named first');
    const { file, bytes } = this.#found;
    const piece = Buffer.alloc(BLOCK_BYTES);
    let filled = 0;
    for await (const chunk of file.read(bytes, this.#signal)) {
      for (let done = 0; done < chunk.length;) {
        const part = chunk.subarray(done, done + piece.length - filled);
        piece.set(part, filled);
        filled += part.length;
        done += part.length;
        if (filled < piece.length) continue;
        await this.#tell(file, piece);
        filled = 0;
      }
    }
    if (filled > 0) await this.#tell(file, piece.subarray(0, filled));
  }

  async #tell({ budget }: HttpFile, piece: Uint8Array): Promise<void> {
    const told = { tell: 'piece', bytesTransferred: budget.bytes() } satisfies Tell;
    await this.#pipe.send(told, piece);
  }
}

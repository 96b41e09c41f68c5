import type { Client } from 'ssh2';

/** An SSH connection that is made when somebody needs it, and anew when it was lost. */
export class LastingConnection implements Disposable {
  readonly #open: () => Promise<Client>;
  #opening: Promise<Client> | null = null;

  /** @param open is tried again by whoever asks after it failed */
  constructor(open: () => Promise<Client>) {
    this.#open = open;
  }

  /** @throws as `open` */
  async client(): Promise<Client> {
    return await (this.#opening ?? this.#begin());
  }

  [Symbol.dispose](): void {
    // One that is still being made is ended when it is there: its time is bounded, and nobody waits for it.
    void this.#opening?.then(
      (client) => client.end(),
      () => undefined,
    );
    this.#opening = null;
  }

  #begin(): Promise<Client> {
    const opening = this.#open();
    const forget = (): void => {
      if (this.#opening === opening) this.#opening = null;
    };
    opening.then((client) => client.once('close', forget), forget);
    this.#opening = opening;
    return opening;
  }
}

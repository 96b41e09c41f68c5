import { spawn } from 'node:child_process';
import { linesOfEntry, type JournalEntry } from './journal-entry.ts';

/**
 * Writes entries with fields, one after the other. logger(1) speaks for us: Node has no datagram sockets of that kind.
 * Where it cannot, the message goes to standard output, which systemd puts into the journal, too.
 */
export class Journal {
  readonly #log: (line: string) => void;
  #written: Promise<void> = Promise.resolve();

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  write(entry: JournalEntry): void {
    this.#written = this.#writeAfter(this.#written, entry);
  }

  async #writeAfter(before: Promise<void>, entry: JournalEntry): Promise<void> {
    await before;
    if (!(await isLogged(linesOfEntry(entry)))) this.#log(entry.message);
  }

  /** All that was to be written is. */
  async flush(): Promise<void> {
    await this.#written;
  }
}

const TIMEOUT_MS = 5000;

async function isLogged(lines: string): Promise<boolean> {
  const logger = spawn('logger', ['--journald'], {
    ...{ stdio: ['pipe', 'ignore', 'ignore'], timeout: TIMEOUT_MS },
  });
  logger.stdin.on('error', () => undefined); // one that has gone is found out by how it ended
  logger.stdin.end(lines);
  return await new Promise((resolve) => {
    logger.on('error', () => resolve(false));
    logger.on('close', (exitCode) => resolve(exitCode === 0));
  });
}

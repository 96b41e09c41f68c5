import type { CliContext } from '../command-spec.ts';

/** What went wrong on the way and is tried again: a line, or an event where stderr has events. */
export const tellTrouble =
  ({ json }: { readonly json: boolean }, stderr: CliContext['stderr']) =>
  (why: string): void =>
    void stderr.write(`${json ? JSON.stringify({ event: 'trouble', message: why }) : why}\n`);

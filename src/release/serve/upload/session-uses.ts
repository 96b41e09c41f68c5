import type { InFlight } from './stage-file.ts';

/**
 * A session takes uploads or is committed, never both: what was verified has to be what is published, and whoever has
 * the token could put another file in between.
 */
export interface SessionUses {
  /** All that are under way, of every session. */
  readonly uploads: () => readonly InFlight[];
  /** Undefined while the session is committed. It ends when it is disposed of. */
  readonly beginUpload: (upload: InFlight) => Disposable | undefined;
  /** Undefined while one of its files arrives. It ends when it is disposed of. */
  readonly beginCommit: (session: string) => Disposable | undefined;
}

export function sessionUses(): SessionUses {
  const uploads = new Set<InFlight>();
  const commits = new Set<Pick<InFlight, 'session'>>();
  return {
    uploads: () => [...uploads],
    beginUpload: (upload) => (isIn(commits, upload.session) ? undefined : entered(uploads, upload)),
    beginCommit: (session) => (isIn(uploads, session) ? undefined : entered(commits, { session })),
  };
}

function isIn(uses: ReadonlySet<Pick<InFlight, 'session'>>, session: string): boolean {
  return [...uses].some((use) => use.session === session);
}

function entered<Use>(uses: Set<Use>, use: Use): Disposable {
  uses.add(use);
  return { [Symbol.dispose]: () => uses.delete(use) };
}

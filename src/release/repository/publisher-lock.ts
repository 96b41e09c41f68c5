import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { isAlive, thisProcess, type ProcessName } from './process-name.ts';

/** A lock of another machine that was not renewed for so long is a dead publisher's. */
const LEASE_MS = 10 * 60_000;
const RENEW_MS = 2 * 60_000;
const POLL_MS = 500;

/** The few things that a lock needs of a store. Names are of files beside each other. */
export interface LockFiles {
  readonly place: string;
  /** Makes a whole file appear; false where there is one of that name. */
  create(name: string, text: string): Promise<boolean>;
  /** Its text, and how long ago it was renewed by the clock of the store; null where there is none. */
  read(name: string): Promise<{ readonly text: string; readonly ageMs: number } | null>;
  renew(name: string): Promise<void>;
  /** Replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface PublisherLock extends AsyncDisposable {
  /** @throws KubeosError USAGE when another publisher took it over */
  assertHeld(): Promise<void>;
}

/**
 * One publisher at a time. The lock is a chain of files: `.lock`, and for a dead holder with nonce N the file `.lock-N`,
 * which only one of those who wait can create. The last link holds the lock, and moves itself to the head.
 *
 * @throws KubeosError TIMED_OUT when a living publisher has it all the time
 */
export async function lockPublisher(files: LockFiles, timeoutMs: number): Promise<PublisherLock> {
  const own: Holder = { nonce: randomUUID(), ...(await thisProcess()) };
  for (let left = timeoutMs; ; left -= POLL_MS) {
    const tail = await lastLink(files);
    if (tail.isFree && (await take(files, tail.name, own))) return await held(files, own);
    if (left <= 0) throw inUse(files, tail);
    await sleep(POLL_MS);
  }
}

const holderSchema = z.strictObject({
  nonce: z.string().regex(/^[0-9a-f-]{36}$/),
  host: z.string().max(256),
  machine: z.string().max(64),
  boot: z.string().max(64),
  namespace: z.string().max(64),
  pid: z.int().min(1),
  started: z.string().max(32),
});

type Holder = ProcessName & { readonly nonce: string };

interface Link {
  readonly name: string;
  /** Nobody has this link. */
  readonly isFree: boolean;
  readonly holder: Holder | null;
}

const HEAD = '.lock';

/** The link that a newcomer would have to create, or the one that a living publisher holds. */
async function lastLink(files: LockFiles): Promise<Link> {
  for (let name = HEAD; ;) {
    const found = await files.read(name);
    if (found === null) return { name, isFree: true, holder: null };
    const holder = parseHolder(found.text);
    if (!(await isDead(holder, found.ageMs))) return { name, isFree: false, holder };
    name = holder === null ? `${name}-damaged` : `${HEAD}-${holder.nonce}`;
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A lock that nobody can read is being written, or it is what a machine that lost its power left of it. */
async function isDead(holder: Holder | null, ageMs: number): Promise<boolean> {
  const alive = holder === null ? null : await isAlive(holder);
  return !(alive ?? ageMs < LEASE_MS);
}

/** Creates the link, and makes sure that it still is the last one: the head may have moved meanwhile. */
async function take(files: LockFiles, name: string, own: Holder): Promise<boolean> {
  if (!(await files.create(name, JSON.stringify(own)))) return false;
  const tail = await lastLink(files);
  if (tail.holder?.nonce !== own.nonce) {
    await files.remove(name);
    return false;
  }
  if (name !== HEAD) await files.rename(name, HEAD);
  return true;
}

async function held(files: LockFiles, own: Holder): Promise<PublisherLock> {
  const renewal = setInterval(() => {
    files.renew(HEAD).catch(() => undefined); // assertHeld tells
  }, RENEW_MS);
  renewal.unref();
  const isHeld = async (): Promise<boolean> => {
    const head = await files.read(HEAD);
    return head !== null && parseHolder(head.text)?.nonce === own.nonce;
  };
  return {
    async assertHeld() {
      if (await isHeld()) return;
      throw new KubeosError('USAGE', `another publisher took over ${files.place}`, {
        hint: 'this one was stopped for too long; run the same command again',
      });
    },
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      if (await isHeld()) await files.remove(HEAD);
    },
  };
}

function inUse(files: LockFiles, { name, holder }: Link): KubeosError {
  const who = holder === null ? 'unknown' : `process ${holder.pid} on ${holder.host}`;
  return new KubeosError('TIMED_OUT', `another publisher works on ${files.place}: ${who}`, {
    hint: `wait for it; if there is none, remove the file ${name} there`,
  });
}

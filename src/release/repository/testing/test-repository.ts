import { directoryStore } from '../directory-store.ts';
import { initRepository, type InitRequest } from '../init-repository.ts';
import { DEFAULT_LIFETIMES } from '../lifetimes.ts';
import type { Publisher } from '../publisher.ts';
import type { RepositoryStore } from '../repository-store.ts';
import { draftRoot, planRoot, signRoot, type KeySet, type TopRole } from '../root-document.ts';
import { testKey } from './test-keys.ts';

export const NOW = new Date('2026-05-01T12:00:00Z');

export const later = (days: number): Date => new Date(NOW.getTime() + days * 24 * 3600 * 1000);

/** Root 2 of 3; all others one key. */
export const KEYS: Readonly<Record<TopRole | 'halt', readonly string[]>> = {
  root: ['root-a', 'root-b', 'root-c'],
  targets: ['targets'],
  snapshot: ['snapshot'],
  timestamp: ['timestamp'],
  halt: ['halt'],
};

export const keySet = (words: readonly string[], threshold = 1): KeySet => ({
  publicKeys: words.map((word) => testKey(word).publicKey),
  threshold,
});

/** The first root.json of the keys above, signed by two. */
export async function testRoot(now = NOW): Promise<Uint8Array> {
  const root = planRoot({
    version: 1,
    now,
    lifetimeMs: DEFAULT_LIFETIMES.root,
    roles: {
      root: keySet(KEYS.root, 2),
      targets: keySet(KEYS.targets),
      snapshot: keySet(KEYS.snapshot),
      timestamp: keySet(KEYS.timestamp),
    },
  });
  const half = await signRoot(draftRoot(root), testKey('root-a'));
  return await signRoot(half, testKey('root-b'));
}

export async function testPublisher(
  store: RepositoryStore | string,
  change: Partial<Publisher> = {},
): Promise<Publisher & Pick<InitRequest, 'halt'>> {
  return {
    store: typeof store === 'string' ? directoryStore(store, { lockTimeoutMs: 0 }) : store,
    root: await testRoot(),
    signers: ['targets', 'snapshot', 'timestamp', 'halt'].map(testKey),
    now: NOW,
    lifetimes: DEFAULT_LIFETIMES,
    halt: keySet(KEYS.halt),
    ...change,
  };
}

/** An empty repository in that store or directory. */
export async function makeTestRepository(
  store: RepositoryStore | string,
): Promise<Publisher & Pick<InitRequest, 'halt'>> {
  const publisher = await testPublisher(store);
  await initRepository(publisher);
  return publisher;
}

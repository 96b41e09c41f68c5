import { setInterval } from 'node:timers/promises';
import { z } from 'zod';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import { watchResource, type Watched, type WatchListener } from '../../kube/watch-resource.ts';
import { nodeSchema, type NodeObject } from '../api/node-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import { osName, osObjectSchema, type OsObject } from '../api/os-object.ts';
import { keptInstanceSchema, saysTheSame } from './kept-instance.ts';
import { GROUP_PATH, INSTANCES_PATH } from '../api/resource-paths.ts';

/** All that a pass looks at, kept up to date by three watches. */
export interface ClusterWatch {
  readonly osObjects: Watched<OsObject>;
  readonly nodes: Watched<NodeObject>;
  readonly instances: Watched<OsInstance>;
  /** What it is now, or was a few minutes ago. */
  readonly apiServerVersion: () => string;
  readonly ended: Promise<unknown>;
}

const named = ({ metadata }: { readonly metadata: { readonly name: string } }): string =>
  metadata.name;
export const OS_OBJECTS = { path: `${GROUP_PATH}/os`, schema: osObjectSchema, keyOf: osName };
export const NODES = { path: '/api/v1/nodes', schema: nodeSchema, keyOf: named };
export const INSTANCES = {
  ...{ path: INSTANCES_PATH, schema: keptInstanceSchema, keyOf: named, isSame: saysTheSame },
};

type Options = WatchListener & { readonly signal: AbortSignal };

/** Resolves when all three were listed. */
export async function watchCluster(api: KubeApi, options: Options): Promise<ClusterWatch> {
  const osObjects = watchResource(api, OS_OBJECTS, options);
  const nodes = watchResource(api, NODES, options);
  const instances = watchResource(api, INSTANCES, options);
  const all = [osObjects, nodes, instances];
  const ended = Promise.all(all.map((watched) => watched.ended));
  await Promise.race([ended, Promise.all(all.map(({ listed }) => listed))]);
  const version = await keptVersion(api, options);
  return { osObjects, nodes, instances, apiServerVersion: () => version.now, ended };
}

const ASKED_EVERY_MS = 5 * 60_000;

/** A control plane is upgraded while the operator goes on: releases would be held against what it was. */
async function keptVersion(api: KubeApi, { signal }: Options): Promise<{ readonly now: string }> {
  const kept = { now: await versionOf(api, signal) };
  const asking = async (): Promise<void> => {
    for await (const _ of setInterval(ASKED_EVERY_MS, undefined, { signal, ref: false })) {
      // While it does not answer it is what it was.
      kept.now = await versionOf(api, signal).catch(() => kept.now);
    }
  };
  // It ends with the watches.
  asking().catch(() => undefined);
  return kept;
}

const versionSchema = z.object({ gitVersion: z.string() });

export async function versionOf(api: KubeApi, signal: AbortSignal): Promise<string> {
  const request = { method: 'GET', path: '/version', signal } as const;
  const { gitVersion } = versionSchema.parse(assertDone(request, await api.ask(request)));
  return gitVersion.replace(/^v/, '');
}

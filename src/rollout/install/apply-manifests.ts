import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone, KubeStatusError } from '../../kube/status-error.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './object-path.ts';
import { everyManifest } from './plan-manifests.ts';
import { removeManifest } from './remove-manifest.ts';

export type Change = 'created' | 'changed' | 'unchanged' | 'removed';

export interface Applied {
  readonly manifest: Manifest;
  readonly change: Change;
}

export interface ApplySettings {
  /** The API server says what it would do, and does nothing. */
  readonly isDryRun: boolean;
  /** What somebody else has set is taken from them. */
  readonly isForced: boolean;
  readonly signal: AbortSignal;
  readonly onApplied: (applied: Applied) => void;
}

const FIELD_MANAGER = 'kubeos-cli';

/**
 * By server-side apply, one after the other; again it changes nothing. What an install with other options has applied, and
 * these do not, is taken away after that: rights that nobody needs any more.
 *
 * @throws KubeStatusError 409 where somebody else has a field that is meant here
 */
export async function applyManifests(
  api: KubeApi,
  manifests: readonly Manifest[],
  settings: ApplySettings,
): Promise<readonly Applied[]> {
  const done: Applied[] = [];
  const isNewNamespace = ({ metadata: { namespace } }: Manifest): boolean =>
    done.some(
      ({ manifest, change }) =>
        manifest.kind === 'Namespace' &&
        change === 'created' &&
        manifest.metadata.name === namespace,
    );
  for (const manifest of manifests) {
    // The server cannot try what lies in a namespace that it would only make.
    const change =
      settings.isDryRun && isNewNamespace(manifest)
        ? 'created'
        : await applyOne(api, manifest, settings);
    done.push({ manifest, change });
    settings.onApplied({ manifest, change });
  }
  return [...done, ...(await removeLeft(api, manifests, settings))];
}

async function removeLeft(
  api: KubeApi,
  manifests: readonly Manifest[],
  settings: ApplySettings,
): Promise<readonly Applied[]> {
  const meant = new Set(manifests.map(objectPath));
  const left = everyManifest([]).filter((manifest) => !meant.has(objectPath(manifest)));
  const removed: Applied[] = [];
  for (const manifest of left.toReversed()) {
    if (!(await isRemoved(api, manifest, settings))) continue;
    removed.push({ manifest, change: 'removed' });
    settings.onApplied({ manifest, change: 'removed' });
  }
  return removed;
}

/** Whoever may not even read such an object has not applied one: an install must not need rights for what it was not asked for. */
async function isRemoved(
  api: KubeApi,
  manifest: Manifest,
  settings: ApplySettings,
): Promise<boolean> {
  try {
    return (await removeManifest(api, manifest, settings)) === 'removed';
  } catch (error) {
    const isUnseen = error instanceof KubeStatusError && error.status === 403;
    if (isUnseen && error.method === 'GET') return false;
    throw error;
  }
}

async function applyOne(
  api: KubeApi,
  manifest: Manifest,
  { isDryRun, isForced, signal }: ApplySettings,
): Promise<Change> {
  const path = objectPath(manifest);
  const before = await read(api, path, signal);
  const options = { path, fieldManager: FIELD_MANAGER, isDryRun, isForced, signal };
  const after = await applyObject(api, manifest, options).catch((error: unknown) => {
    throw explained(error, manifest);
  });
  if (before === null) return 'created';
  return isDeepStrictEqual(contentOf(before), contentOf(after)) ? 'unchanged' : 'changed';
}

async function read(api: KubeApi, path: string, signal: AbortSignal): Promise<unknown> {
  const asked = { method: 'GET', path, signal } as const;
  const answer = await api.ask(asked);
  return answer.status === 404 ? null : assertDone(asked, answer);
}

const contentSchema = z.looseObject({ metadata: z.looseObject({}) });

/** Without what the server counts, and what controllers say in between. */
function contentOf(object: unknown): unknown {
  const { status: _status, metadata, ...content } = contentSchema.parse(object);
  const { managedFields: _managed, resourceVersion: _version, ...named } = metadata;
  const { generation: _generation, ...kept } = named;
  return { ...content, metadata: kept };
}

function explained(error: unknown, { kind, metadata }: Manifest): unknown {
  if (!(error instanceof KubeStatusError)) return error;
  const { name, namespace } = metadata;
  const saying = (hint: string) =>
    new KubeosError('CLUSTER', error.message, { cause: error, hint });
  if (error.status === 409) {
    return saying(
      `${kind} ${name} is managed by somebody else too: change it there, or take it over with --force-conflicts`,
    );
  }
  // Of an uninstall just before: the server takes its time with what lies in a namespace.
  if (error.status === 403 && error.message.includes('is being terminated')) {
    return saying(`kubectl wait --for=delete namespace/${namespace} --timeout=5m, then ask again`);
  }
  return error;
}

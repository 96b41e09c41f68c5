import { KubeosError } from '../../errors.ts';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi, KubeRequest } from '../../kube/kube-api.ts';
import { assertDone, KubeStatusError } from '../../kube/status-error.ts';
import { watchResource } from '../../kube/watch-resource.ts';
import { osName, osObjectSchema, type OsObject } from '../api/os-object.ts';
import { readOsSpec } from '../api/rollout-policy.ts';
import type { TargetRelease } from '../plan/fleet.ts';
import { API_VERSION, GROUP_PATH } from '../api/resource-paths.ts';
import { appliedSpec } from './applied-spec.ts';

export interface OsPlace {
  readonly namespace: string;
  readonly name: string;
}

const FIELD_MANAGER = 'kubeos-cli';

const pathOf = ({ namespace, name }: OsPlace): string =>
  `${GROUP_PATH}/namespaces/${namespace}/os/${name}`;

/** @throws KubeosError REFUSED where there is none */
export async function getOs(api: KubeApi, place: OsPlace): Promise<OsObject> {
  const request = { method: 'GET', path: pathOf(place) } as const;
  const answer = await api.ask(request);
  if (answer.status === 404) throw await missing(api, place);
  return osObjectSchema.parse(assertDone(request, answer));
}

/** Of what is asked for now, whether or not an operator has seen it; null where it names none that can be understood. */
export function releaseAskedIn({ spec }: Pick<OsObject, 'spec'>): TargetRelease | null {
  const { asked } = { asked: undefined, ...readOsSpec(spec) };
  return asked?.release ?? null;
}

async function missing(api: KubeApi, { namespace, name }: OsPlace): Promise<KubeosError> {
  const discovery = await api.ask({ method: 'GET', path: GROUP_PATH });
  if (discovery.status === 404) {
    return new KubeosError('REFUSED', `the cluster does not know ${API_VERSION}`, {
      hint: 'kubeos install --image IMAGE | kubectl apply --server-side -f -',
    });
  }
  return new KubeosError('REFUSED', `there is no OS object ${namespace}/${name}`, {
    hint: 'kubectl get os -A lists them; --namespace names another namespace',
  });
}

/** What of its spec the command line has set until now; nothing where there is no such object. */
export async function specSetBefore(
  api: KubeApi,
  place: OsPlace,
): Promise<Readonly<Record<string, unknown>>> {
  const request = { method: 'GET', path: pathOf(place) } as const;
  const answer = await api.ask(request);
  return answer.status === 404 ? {} : appliedSpec(assertDone(request, answer), FIELD_MANAGER);
}

/** As it is applied. */
export const osObjectOf = (place: OsPlace, spec: object) => ({
  ...{ apiVersion: API_VERSION, kind: 'OS', metadata: place, spec },
});

/** Creates it, or changes what of it the command line has set before. @throws KubeosError CLUSTER where others have it */
export async function applyOs(
  api: KubeApi,
  place: OsPlace,
  { spec, isDryRun }: { readonly spec: object; readonly isDryRun: boolean },
): Promise<OsObject> {
  const options = { path: pathOf(place), fieldManager: FIELD_MANAGER, isDryRun };
  try {
    return osObjectSchema.parse(await applyObject(api, osObjectOf(place, spec), options));
  } catch (error) {
    if (!(error instanceof KubeStatusError) || error.status !== 409) throw error;
    throw ofOthers(error, place);
  }
}

function ofOthers(cause: KubeStatusError, { namespace, name }: OsPlace): KubeosError {
  return new KubeosError('CLUSTER', `${namespace}/${name} is kept by others: ${cause.message}`, {
    cause,
    hint: `change it where they keep it (Git, kubectl), then: kubeos rollout status ${name} --wait; to take these fields from them: kubeos rollout start … --dry-run=client | kubectl apply --server-side --force-conflicts --field-manager=${FIELD_MANAGER} -f -`,
  });
}

export interface Annotating {
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly isDryRun: boolean;
}

/** Sets annotations, or removes those that are null; all others stay. A dry run lets the server say whether it would. */
export async function annotateOs(
  api: KubeApi,
  place: OsPlace,
  { annotations, isDryRun }: Annotating,
): Promise<OsObject> {
  const query = { fieldManager: FIELD_MANAGER, ...(isDryRun && { dryRun: 'All' }) };
  const request: KubeRequest = {
    ...{ method: 'PATCH', path: pathOf(place), contentType: 'application/merge-patch+json' },
    ...{ query, body: { metadata: { annotations } } },
  };
  return osObjectSchema.parse(assertDone(request, await api.ask(request)));
}

/** The object now, and again whenever it changes. Ends with the signal, or when the object is deleted. */
export async function* followOs(
  api: KubeApi,
  { namespace, name }: OsPlace,
  {
    signal,
    onTrouble,
  }: { readonly signal: AbortSignal; readonly onTrouble: (why: string) => void },
): AsyncGenerator<OsObject> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let changed = Promise.withResolvers<void>();
  const watched = watchResource(
    api,
    {
      path: `${GROUP_PATH}/namespaces/${namespace}/os`,
      query: { fieldSelector: `metadata.name=${name}` },
      ...{ schema: osObjectSchema, keyOf: osName },
    },
    { onChange: () => changed.resolve(), onTrouble, signal: either },
  );
  try {
    for (;;) {
      await Promise.race([changed.promise, watched.ended]);
      changed = Promise.withResolvers<void>();
      const os = watched.objects.get(`${namespace}/${name}`);
      if (either.aborted || os === undefined) return;
      yield os;
    }
  } finally {
    over.abort();
    await watched.ended;
  }
}

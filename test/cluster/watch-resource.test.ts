import { KubeConfig } from '@kubernetes/client-node';
import test from 'ava';
import { z } from 'zod';
import { KubeApi, type KubeAnswer, type KubeRequest } from '../../src/kube/kube-api.ts';
import { assertDone } from '../../src/kube/status-error.ts';
import { watchResource, type Watched } from '../../src/kube/watch-resource.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { until } from '../../src/demo/control-plane/until.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const schema = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
});
type ConfigMap = z.infer<typeof schema>;

/** Does something between a list, as the server made it, and its arrival. */
class SlowLists extends KubeApi {
  onList: () => Promise<void> = async () => undefined;

  override async ask(asked: KubeRequest): Promise<KubeAnswer> {
    const answer = await super.ask(asked);
    if (asked.method === 'GET' && asked.path === PATH) await this.onList();
    return answer;
  }
}

function slowLists({ kubeconfig }: ControlPlane): SlowLists {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return new SlowLists(config);
}

async function create(api: KubeApi, name: string, value: string): Promise<unknown> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } };
  const request = { method: 'POST', path: PATH, body } as const;
  return assertDone(request, await api.ask(request));
}

async function change(api: KubeApi, name: string, value: string): Promise<unknown> {
  const contentType = 'application/merge-patch+json';
  const path = `${PATH}/${name}`;
  const request = { method: 'PATCH', path, contentType, body: { data: { value } } } as const;
  return assertDone(request, await api.ask(request));
}

function watch(api: KubeApi) {
  const controller = new AbortController();
  let changes = 0;
  const watched: Watched<ConfigMap> = watchResource(
    api,
    { path: PATH, schema, keyOf: ({ metadata }) => metadata.name },
    {
      onChange: () => (changes += 1),
      onTrouble: () => undefined,
      signal: controller.signal,
    },
  );
  return {
    watched,
    changes: () => changes,
    valueOf: (name: string) => watched.objects.get(name)?.data['value'],
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await watched.ended;
    },
  };
}

test('an answer to a write of our own is neither lost to an older list, nor brings back what is gone', async (t) => {
  await using cluster = await startControlPlane();
  const api = slowLists(cluster);
  await create(api, 'old', 'one');
  let watching: Watched<ConfigMap> | null = null;
  api.onList = async () => {
    watching?.remember(await change(api, 'old', 'two'));
    watching?.remember(await create(api, 'new', 'one'));
  };
  await using seen = watch(api);
  watching = seen.watched;
  await seen.watched.listed;
  t.is(seen.valueOf('old'), 'two');
  t.is(seen.valueOf('new'), 'one');

  const late = await change(api, 'old', 'three');
  await cluster.kubectl(['delete', 'configmap', 'old']);
  await until('it is gone', async () => seen.valueOf('old') === undefined);
  seen.watched.remember(late);
  t.is(seen.valueOf('old'), undefined);
  await create(api, 'old', 'again');
  await until('it is there again', async () => seen.valueOf('old') === 'again');
});

test('a change of what nobody keeps wakes nobody', async (t) => {
  await using cluster = await startControlPlane();
  const api = slowLists(cluster);
  await create(api, 'one', 'a');
  await using seen = watch(api);
  await seen.watched.listed;
  const before = seen.changes();
  await cluster.kubectl(['annotate', 'configmap', 'one', 'by=somebody']);
  await create(api, 'two', 'b');
  await until('the next is there', async () => seen.valueOf('two') === 'b');
  t.is(seen.changes(), before + 1);
});

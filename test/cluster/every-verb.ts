import { z } from 'zod';
import type { AskApi } from './ask-api.ts';

const groupsSchema = z.object({
  groups: z.array(z.object({ preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const resourcesSchema = z.object({
  resources: z.array(
    z.object({ name: z.string(), namespaced: z.boolean(), verbs: z.array(z.string()) }),
  ),
});

export interface Attempt {
  readonly what: string;
  readonly request: Parameters<AskApi>;
}

/** Every verb of everything that this API server has, on an object named n1. */
export async function everyVerb(ask: AskApi): Promise<readonly Attempt[]> {
  const { groups } = groupsSchema.parse((await ask('GET', '/apis')).body);
  const roots = groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`);
  const found = await Promise.all(
    ['/api/v1', ...roots].map(async (root) => {
      const { resources } = resourcesSchema.parse((await ask('GET', root)).body);
      return resources.flatMap((resource) =>
        resource.verbs.map((verb): Attempt => {
          return { what: `${verb} ${resource.name}`, request: requestFor(root, resource, verb) };
        }),
      );
    }),
  );
  return found.flat();
}

const ON_COLLECTION = ['list', 'watch', 'create', 'deletecollection'];
const METHODS: Readonly<Record<string, Parameters<AskApi>[0]>> = {
  ...{
    create: 'POST',
    update: 'PUT',
    patch: 'PATCH',
    delete: 'DELETE',
    deletecollection: 'DELETE',
  },
};

function requestFor(
  root: string,
  { name, namespaced }: z.infer<typeof resourcesSchema>['resources'][number],
  verb: string,
): Parameters<AskApi> {
  const [resource = '', ...subresource] = name.split('/');
  const isCollection = subresource.length === 0 && ON_COLLECTION.includes(verb);
  const parts = [
    ...(namespaced ? ['namespaces', 'default'] : []),
    ...[resource, ...(isCollection ? [] : ['n1']), ...subresource],
  ];
  const query = verb === 'watch' ? 'watch=true&timeoutSeconds=1' : 'dryRun=All';
  const method = METHODS[verb] ?? 'GET';
  const path = `${root}/${parts.join('/')}${method === 'GET' && verb !== 'watch' ? '' : `?${query}`}`;
  return method === 'GET' ? [method, path] : [method, path, {}];
}

import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { RegistryConnection } from './registry-connection.ts';

const PAGE = 500;
const page = z.looseObject({ tags: z.array(z.string()).nullable() });

/** All tags of a repository; none where it does not exist yet. */
export async function listTags(connection: RegistryConnection): Promise<readonly string[]> {
  const tags: string[] = [];
  let next: string | undefined = `tags/list?n=${PAGE}`;
  while (next !== undefined) {
    const response: Response = await connection.send({
      method: 'GET',
      path: next,
      expected: [404],
    });
    const text = await response.text();
    if (response.status === 404) return tags;
    tags.push(...tagsIn(text));
    next = nextPage(response);
  }
  return tags;
}

function tagsIn(text: string): readonly string[] {
  try {
    return page.parse(JSON.parse(text)).tags ?? [];
  } catch (cause) {
    throw new KubeosError('NETWORK', 'the registry does not list its tags as it should', { cause });
  }
}

/** RFC 8288: `</v2/name/tags/list?last=x&n=500>; rel="next"`. */
function nextPage(response: Response): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '') ?? [];
  return target === undefined ? undefined : new URL(target, response.url).href;
}

import test from 'ava';
import type { AskApi } from './ask-api.ts';
import { everyVerb } from './every-verb.ts';
import { startInstalled } from './installed.ts';
import { legacyToken } from './legacy-token.ts';

/** What any account may ask about itself, and what the role of proxies has. */
const OPEN = [
  ...['create selfsubjectaccessreviews', 'create selfsubjectreviews'],
  ...['create selfsubjectrulesreviews', 'get osinstances', 'list osinstances'],
  ...['patch osinstances/status', 'watch osinstances'],
];

test('no other verb on anything that the API server has is open to a token of a proxy, whichever node it names, or none', async (t) => {
  await using installed = await startInstalled();
  const { as, asAdministrator, cluster } = installed;
  const tokens: readonly (readonly [string, AskApi, number])[] = [
    ['of n1', await as('kubeos-proxy', 'Node/n1'), 200],
    ['of n2', await as('kubeos-proxy', 'Node/n2'), 422],
    ['of no node', await as('kubeos-proxy'), 422],
    ['in a Secret', await legacyToken(cluster), 422],
  ];
  const all = await everyVerb(asAdministrator);
  t.true(all.length > 300, String(all.length));
  const trying = tokens.map(async ([whose, proxy, ownStatus]) => {
    const open: string[] = [];
    for (const { what, request } of all) {
      const { status } = await proxy(...request);
      if (status !== 403) open.push(what);
      if (what === 'patch osinstances/status') t.is(status, ownStatus, whose);
    }
    t.deepEqual(open.toSorted(), OPEN, whose);
  });
  await Promise.all(trying);
});

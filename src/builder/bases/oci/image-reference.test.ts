import test from 'ava';
import { parseImageReference } from './image-reference.ts';
import { parseChallenge } from '../../../release/oci/registry-auth.ts';

const digest = `sha256:${'5'.repeat(64)}`;

for (const [image, expected] of [
  [`ghcr.io/team/app@${digest}`, { registry: 'ghcr.io', name: 'team/app' }],
  [`ghcr.io/team/app:1.2@${digest}`, { registry: 'ghcr.io', name: 'team/app' }],
  [`docker.io/debian@${digest}`, { registry: 'docker.io', name: 'library/debian' }],
  [`localhost/a@${digest}`, { registry: 'localhost', name: 'a' }],
  [`10.0.0.1:5000/a/b/c@${digest}`, { registry: '10.0.0.1:5000', name: 'a/b/c' }],
] as const) {
  test(`${image} is in a registry`, (t) => {
    t.deepEqual(parseImageReference(image), { kind: 'registry', ...expected, digest });
  });
}

for (const image of [
  'image.tar',
  './ghcr.io/team/app',
  '../a/b',
  'images/base',
  '/srv/my.images/a',
  'a.b/c.tar',
]) {
  test(`${image} is a path on disk`, (t) => {
    t.deepEqual(parseImageReference(image), { kind: 'disk', path: image });
    t.deepEqual(parseImageReference(`${image}@${digest}`), { kind: 'disk', path: image, digest });
  });
}

for (const image of ['ghcr.io/team/app', 'docker.io/debian:12', 'localhost:5000/a:latest']) {
  test(`${image} is refused, because a tag is no fixed image`, (t) => {
    t.throws(() => parseImageReference(image), {
      code: 'DEFINITION_INVALID',
      message: /not pinned/,
    });
  });
}

test('reads the challenges that registries send', (t) => {
  t.deepEqual(
    parseChallenge(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"',
    ),
    {
      scheme: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:a/b:pull',
    },
  );
  t.deepEqual(parseChallenge('basic realm="x"'), { scheme: 'basic' });
  t.is(parseChallenge('Bearer service="x"'), undefined);
  t.is(parseChallenge('Negotiate'), undefined);
});

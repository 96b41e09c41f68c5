import { KubeosError } from '../../../errors.ts';

export type ImageReference =
  | {
      readonly kind: 'registry';
      /** Host, with a port where one is given. */
      readonly registry: string;
      readonly name: string;
      readonly digest: string;
    }
  | { readonly kind: 'disk'; readonly path: string; readonly digest?: string };

export const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Name grammar of the OCI distribution specification, "Pulling manifests", and a tag that a digest makes needless. */
const REMOTE =
  /^(?<registry>[A-Za-z0-9.-]+(?::\d+)?)\/(?<name>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::[\w.-]{1,128})?$/;

const ARCHIVE_NAME = /\.(?:tar|tgz|tar\.\w+)$/;

/**
 * `registry/name@sha256:…`, or the path of an OCI archive or layout, perhaps with `@sha256:…` behind it.
 * @throws KubeosError DEFINITION_INVALID for an image in a registry that is not pinned by its digest
 */
export function parseImageReference(image: string): ImageReference {
  const [, subject = image, digest] = /^(.+)@(sha256:.*)$/.exec(image) ?? [];
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw new KubeosError('DEFINITION_INVALID', `base.image ${image} ends in a broken digest`, {
      hint: 'sha256: and 64 hexadecimal digits in lower case',
    });
  }
  const remote = remoteParts(subject);
  if (remote === undefined) {
    return { kind: 'disk', path: subject, ...(digest === undefined ? {} : { digest }) };
  }
  if (digest === undefined) throw notPinned(subject);
  return { kind: 'registry', ...remote, digest };
}

function remoteParts(
  subject: string,
): { readonly registry: string; readonly name: string } | undefined {
  const { registry = '', name = '' } = REMOTE.exec(subject)?.groups ?? {};
  if (!isHost(registry) || ARCHIVE_NAME.test(subject)) return undefined;
  const isBareHubName = registry === 'docker.io' && !name.includes('/');
  return { registry, name: isBareHubName ? `library/${name}` : name };
}

/** As Docker tells them from folders: with a dot or a port, or localhost; and not the folders `.` and `..`. */
function isHost(registry: string): boolean {
  return registry === 'localhost' || (/[.:]/.test(registry) && !/^\.+$/.test(registry));
}

function notPinned(subject: string): KubeosError {
  return new KubeosError(
    'DEFINITION_INVALID',
    `base.image ${subject} is not pinned: what a tag names changes, and so would the image`,
    {
      hint: `write ${subject.replace(/:[\w.-]+$/, '')}@sha256:…; \`skopeo inspect --format '{{.Digest}}' docker://${subject}\` prints it (a path on disk begins with ./)`,
    },
  );
}

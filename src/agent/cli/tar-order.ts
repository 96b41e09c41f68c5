import { KubeosError } from '../../errors.ts';
import type { Invocation } from './command.ts';

/** What `prepare --image-url` asks for; the agent checks it. */
export function tarOrderOf({ options, positionals }: Invocation) {
  const [release] = positionals;
  const checksum = text(options['checksum']);
  const foreign = OF_RELEASES.find((option) => options[option] !== undefined);
  if (foreign !== undefined) {
    throw new KubeosError('USAGE', `--image-url has no use for --${foreign}`, {
      hint: 'a plain tar has no repository and no epoch: leave it out',
    });
  }
  if (release !== undefined) {
    throw new KubeosError('USAGE', `--image-url, and a release too: ${JSON.stringify(release)}`, {
      hint: 'give one of them; what people call the image is --image-version',
    });
  }
  if (checksum === undefined) {
    throw new KubeosError('USAGE', '--image-url without --checksum', {
      hint: 'give the SHA-256 of the tar: sha256sum kubeos.tar',
    });
  }
  return {
    imagetype: 'disk',
    imageurl: text(options['image-url']),
    checksum,
    version: text(options['image-version']) ?? checksum.slice(0, 12),
    flagSafe: options['flag-safe'] === true,
    mtls: options['mtls'] === true,
    cacert: text(options['cacert']),
    clientcert: text(options['clientcert']),
    clientkey: text(options['clientkey']),
  };
}

const OF_RELEASES = ['repository', 'allow-older'];
const OF_TARS = [
  ...['checksum', 'image-version', 'flag-safe', 'cacert', 'mtls', 'clientcert', 'clientkey'],
];

/** @throws KubeosError USAGE for an option that a release has no use for */
export function refuseTarOptions({ options }: Invocation): void {
  const foreign = OF_TARS.find((option) => options[option] !== undefined);
  if (foreign === undefined) return;
  throw new KubeosError('USAGE', `--${foreign} without --image-url`, {
    hint: 'it is for plain tars: kubeos-agent prepare --help',
  });
}

const text = (option: string | boolean | undefined): string | undefined =>
  typeof option === 'string' ? option : undefined;

import { KubeosError } from '../../errors.ts';
import { canonicalJson } from '../canonical-json.ts';
import { channelName, storedPath } from '../metadata/target-name.ts';
import type { TargetFile } from '../metadata/target-schema.ts';
import { changeRepository, type ChangedRepository } from './change-repository.ts';
import { contentOfBytes } from './content.ts';
import type { Publisher } from './publisher.ts';

export interface ChannelRequest extends Publisher {
  /** `stable`, `beta`: a-z, digits and `-`, 2 to 32 of them. */
  readonly channel: string;
  /** Digest of a listed release, or null: the channel goes away. */
  readonly release: string | null;
}

/** Lets a channel lead to a release. */
export async function setChannel(request: ChannelRequest): Promise<ChangedRepository> {
  const { channel, release } = request;
  const name = channelName(channel);
  assertChannel(channel);
  return await changeRepository(request, ({ verified }) => {
    if ((verified.channels.get(channel) ?? null) === release) return null;
    const { [name]: _, ...others } = verified.targets.targets;
    if (release === null) return { blobs: [], targets: others };
    if (!verified.releases.some(({ digest }) => digest === release)) throw notListed(release);
    const content = contentOfBytes(Buffer.from(canonicalJson({ channel, release })));
    const target: TargetFile = {
      length: content.size,
      hashes: { sha256: content.sha256 },
      custom: { kind: 'channel', release },
    };
    return {
      blobs: [{ path: storedPath(name, content.sha256), content }],
      targets: { ...others, [name]: target },
    };
  });
}

/** @throws KubeosError USAGE */
export function assertChannel(channel: string): void {
  if (/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/.test(channel)) return;
  throw new KubeosError('USAGE', `${JSON.stringify(channel)} is no name for a channel`, {
    hint: 'use 2 to 32 of a-z, 0-9 and "-", beginning with a letter: stable, beta',
  });
}

function notListed(release: string): KubeosError {
  return new KubeosError('USAGE', `${release} is not a release of this repository`, {
    hint: 'publish it first',
  });
}

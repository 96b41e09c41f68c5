import { KubeosError } from '../../errors.ts';
import { canonicalJson } from '../canonical-json.ts';
import { haltName, storedPath } from '../metadata/target-name.ts';
import { changeRepository, type ChangedRepository } from './change-repository.ts';
import { contentOfBytes } from './content.ts';
import type { Publisher } from './publisher.ts';

export interface HaltRequest extends Publisher {
  /** Digest; it need not be listed any more. */
  readonly release: string;
  /** For people: one line. */
  readonly reason: string;
}

/** No node fetches this release from now on; one that has may start it. Needs the halt key and the online keys, not those of targets. */
export async function haltRelease(request: HaltRequest): Promise<ChangedRepository> {
  const { release, reason } = request;
  const content = contentOfBytes(Buffer.from(canonicalJson({ release, reason })));
  const name = haltName(release);
  return await changeRepository(request, ({ verified }) => {
    if (verified.halt === null) throw noHaltRole();
    if (verified.halted.has(release)) return null;
    const { size, sha256 } = content;
    const target = {
      length: size,
      hashes: { sha256 },
      custom: { kind: 'halt', release },
    } as const;
    return {
      blobs: [{ path: storedPath(name, sha256), content }],
      halt: { ...verified.halt.targets, [name]: target },
    };
  });
}

/** Nodes may fetch this release again. */
export async function resumeRelease(
  request: Publisher & { readonly release: string },
): Promise<ChangedRepository> {
  return await changeRepository(request, ({ verified }) => {
    if (verified.halt === null) throw noHaltRole();
    if (!verified.halted.has(request.release)) return null;
    const { [haltName(request.release)]: _, ...halt } = verified.halt.targets;
    return { blobs: [], halt };
  });
}

function noHaltRole(): KubeosError {
  return new KubeosError('USAGE', 'this repository has no role that halts releases', {
    hint: 'it was not made by `kubeos repository init`',
  });
}

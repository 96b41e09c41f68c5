import type { Arch } from '../../disk/layout.ts';
import { VERSION } from '../../cli/version.ts';
import type { ImageDescription } from './write-image.ts';

/** Nobody's, as the manifests of `kubeos install` have it. */
export const USER = '65532:65532';
export const PROGRAM = '/opt/kubeos/dist/bin/kubeos.js';

/** The image of operator and proxy. */
export function kubeosImage(architecture: Arch): ImageDescription {
  const config = {
    ...{ User: USER, WorkingDir: '/', Entrypoint: ['/usr/bin/node', PROGRAM] },
    Labels: {
      'org.opencontainers.image.title': 'kubeos',
      'org.opencontainers.image.version': VERSION,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
  };
  return { architecture, tag: VERSION, config };
}

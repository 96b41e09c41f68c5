import { KubeosError } from '../../errors.ts';
import { parseImageReference, type ImageReference } from '../bases/oci/image-reference.ts';

export type ReadImageReference =
  | ImageReference
  | { readonly kind: 'faulty'; readonly message: string; readonly hint: string | undefined };

/** What `base.image` names, or why it names nothing. */
export function readImageReference(image: string): ReadImageReference {
  try {
    return parseImageReference(image);
  } catch (error) {
    if (!(error instanceof KubeosError)) throw error;
    return { kind: 'faulty', message: error.message, hint: error.hint };
  }
}

import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { TarMetadata } from '../../../disk/tar/member-fields.ts';

/** A run of a file's content: bytes of a file on disk, or a hole of a sparse file. */
export type ContentPiece =
  | {
      readonly kind: 'bytes';
      readonly path: string;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: 'zeros'; readonly length: number };

export type TarNode =
  | {
      readonly type: 'file';
      readonly size: number;
      readonly content: readonly ContentPiece[];
    }
  | { readonly type: 'symlink'; readonly target: ByteString }
  | { readonly type: 'directory' }
  | { readonly type: 'fifo' }
  | {
      readonly type: 'character-device' | 'block-device';
      readonly major: number;
      readonly minor: number;
    };

export type TarLink = { readonly type: 'hardlink'; readonly target: ByteString };

/** One member of a tar: its name as it stands there, what it is, and its metadata. */
export type TarEntry = TarMetadata & { readonly name: ByteString } & (TarNode | TarLink);

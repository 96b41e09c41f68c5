import { writeFile } from 'node:fs/promises';
import type { TarMetadata } from '../../../disk/tar/member-fields.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { TarWriter } from '../tar/tar-writer.ts';

/** A member of a tar made for a test: content as text, metadata only where it matters. */
export type TestMember = Named &
  (
    | { readonly type: 'hardlink' | 'symlink'; readonly target: string }
    | { readonly type: 'directory' | 'fifo' }
    | {
        readonly type: 'character-device' | 'block-device';
        readonly major: number;
        readonly minor: number;
      }
    | FileMember
  );

type Named = { readonly name: string } & Partial<TarMetadata>;
type FileMember = { readonly type?: 'file'; readonly content?: string };

const DEFAULTS = { mode: 0o644, uid: 0, gid: 0, mtime: '1600000000', extended: new Map() };

/** Writes members in their order, hostile ones too. Contents are put into `file`.content on the way. */
export async function writeTestTar(file: string, members: readonly TestMember[]): Promise<string> {
  const contents = `${file}.content`;
  const texts = members.map((member) => ('content' in member ? (member.content ?? '') : ''));
  await writeFile(contents, texts.join(''));
  const chunks: Uint8Array[] = [];
  await using writer = new TarWriter(
    (bytes) => Promise.resolve(chunks.push(Buffer.from(bytes))),
    new AbortController().signal,
  );
  let offset = 0;
  for (const [index, member] of members.entries()) {
    const length = Buffer.byteLength(texts[index] ?? '');
    await writer.add(entryOf(member, { path: contents, offset, length }));
    offset += length;
  }
  await writer.finish();
  await writeFile(file, Buffer.concat(chunks));
  return file;
}

function entryOf(
  member: TestMember,
  content: { readonly path: string; readonly offset: number; readonly length: number },
): TarEntry {
  const pieces = content.length === 0 ? [] : [{ kind: 'bytes' as const, ...content }];
  if (isFile(member)) {
    return { ...DEFAULTS, ...member, type: 'file', size: content.length, content: pieces };
  }
  return { ...DEFAULTS, mode: member.type === 'directory' ? 0o755 : 0o644, ...member };
}

export function isFile(member: TestMember): member is Named & FileMember {
  return member.type === undefined || member.type === 'file';
}

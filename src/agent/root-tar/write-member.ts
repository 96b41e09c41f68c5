import type { Ext4Writer, NewNode } from '../../disk/ext4/ext4-writer.ts';
import type { ExtendedAttributes } from '../../disk/ext4/extended-attributes.ts';
import type { InodeAttributes } from '../../disk/ext4/inode.ts';
import type { ByteString } from '../../disk/tar/byte-string.ts';
import { entryPath } from '../../disk/tar/entry-path.ts';
import {
  holdsContent,
  memberMetadata,
  memberName,
  memberTarget,
  type TarMetadata,
} from '../../disk/tar/member-fields.ts';
import type { StreamMember } from './read-tar-stream.ts';

/** Sees the content of files on its way. */
export type Watch = (path: string, member: StreamMember) => AsyncIterable<Uint8Array>;

/**
 * Puts one member of a tar into a file system that is being made. Names lead nowhere but into that: a name that would go
 * through a link, over a file or out of the root is an error, as is one that comes twice.
 *
 * @throws RangeError; KubeosError NO_SPACE
 */
export async function writeMember(
  writer: Ext4Writer,
  member: StreamMember,
  watch: Watch,
): Promise<void> {
  const path = entryPath(memberName(member));
  const attributes = attributesOf(memberMetadata(member));
  const name = path.at(-1);
  if (isDirectory(member)) return putDirectory(writer, path, attributes);
  if (name === undefined) throw new RangeError('the root is no directory');
  const node = { parent: directoryAt(writer, path.slice(0, -1)), name, attributes };
  if (!holdsContent(member)) return await putWithoutContent(writer, member, node);
  assertPlain(member);
  await writer.addFile(node, member.size, watch(`/${path.join('/')}`, member));
}

/** v7 archives have no type for directories: a final slash tells them. */
function isDirectory(member: StreamMember): boolean {
  if (member.header.typeFlag === '5') return true;
  if (!holdsContent(member) || !memberName(member).endsWith('/')) return false;
  if (member.size === 0) return true;
  throw new RangeError('a directory has content');
}

function putDirectory(
  writer: Ext4Writer,
  path: readonly ByteString[],
  attributes: InodeAttributes,
): void {
  writer.names.setAttributes(directoryAt(writer, path), attributes);
}

/** Makes what is missing on the way. */
function directoryAt({ root, names }: Ext4Writer, path: readonly ByteString[]): number {
  let at = root;
  for (const name of path) {
    at = names.lookup(at, name) ?? names.addDirectory(at, name);
    if (!names.isDirectory(at)) throw new RangeError('a path leads through what is no directory');
  }
  return at;
}

async function putWithoutContent(
  writer: Ext4Writer,
  member: StreamMember,
  node: NewNode,
): Promise<void> {
  const { typeFlag } = member.header;
  if (typeFlag === '1') return putLink(writer, memberTarget(member), node);
  if (typeFlag === '2') return await writer.addSymlink(node, memberTarget(member));
  if (typeFlag === '3') return await writer.addDevice('character-device', node, member.header);
  if (typeFlag === '4') return await writer.addDevice('block-device', node, member.header);
  if (typeFlag === '6') return await writer.addPipe(node);
  throw new RangeError(`members of type ${JSON.stringify(typeFlag)} are not supported`);
}

function putLink({ root, names }: Ext4Writer, target: ByteString, { parent, name }: NewNode): void {
  let at: number | undefined = root;
  for (const part of entryPath(target)) at = at === undefined ? at : names.lookup(at, part);
  if (at === undefined) throw new RangeError('a hard link comes before what it links to');
  if (names.isDirectory(at)) throw new RangeError('a hard link to a directory');
  names.add(parent, name, at);
}

function assertPlain({ header, extensions }: StreamMember): void {
  const isSparse =
    header.typeFlag === 'S' ||
    [...extensions.pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  if (isSparse) throw new RangeError('it has sparse files: make it without --sparse');
}

const XATTR = 'SCHILY.xattr.';

function attributesOf({ mode, uid, gid, mtime, extended }: TarMetadata): InodeAttributes {
  return { mode, uid, gid, mtime: Math.floor(Number(mtime)), extended: extendedOf(extended) };
}

/** What cannot be kept is an error: a file that lost a capability or a rule looks well and is not. */
function extendedOf(records: TarMetadata['extended']): ExtendedAttributes {
  const attributes = new Map<ByteString, Uint8Array>();
  for (const [keyword, value] of records) {
    const bytes = Buffer.from(value, 'latin1');
    if (keyword.startsWith(XATTR)) attributes.set(keyword.slice(XATTR.length), bytes);
    // GNU tar writes the label without the NUL that the kernel keeps behind it.
    else if (keyword === 'RHT.security.selinux') {
      attributes.set('security.selinux', Buffer.concat([bytes, Buffer.alloc(1)]));
    } else throw new RangeError('it has access control lists: make it without --acls');
  }
  return attributes;
}

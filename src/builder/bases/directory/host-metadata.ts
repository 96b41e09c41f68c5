import type { ChangeMetadata } from '../layers/root-entries.ts';
import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { TarMetadata } from '../../../disk/tar/member-fields.ts';
import { idInside, type IdMaps } from './id-map.ts';

const CAPABILITY = 'SCHILY.xattr.security.capability';
/** Labels and measurements of the build host's own policy and keys. */
const HOST_ATTRIBUTES =
  /^(?:RHT\.security\.selinux|SCHILY\.xattr\.(?:security\.(?:selinux|evm|ima)|trusted\.overlay\..*|user\.overlay\..*))$/;

/** What is of this host and not of the root file system: its labels, the owners' numbers, and the times. */
export function hostMetadata(mtime: string, maps: IdMaps | undefined): ChangeMetadata {
  return (metadata) => ({
    ...metadata,
    mtime,
    uid: maps === undefined ? metadata.uid : (idInside(maps.uids, metadata.uid) ?? metadata.uid),
    gid: maps === undefined ? metadata.gid : (idInside(maps.gids, metadata.gid) ?? metadata.gid),
    extended: new Map(
      [...hostAttributesLeftOut(metadata).extended].map(([keyword, value]) => [
        keyword,
        keyword === CAPABILITY ? rootCapability(value, maps) : value,
      ]),
    ),
  });
}

export function hostAttributesLeftOut(metadata: TarMetadata): TarMetadata {
  const kept = [...metadata.extended].filter(([keyword]) => !HOST_ATTRIBUTES.test(keyword));
  return { ...metadata, extended: new Map(kept) };
}

/**
 * Capabilities given inside a user namespace carry the host's id of its root (struct vfs_ns_cap_data of
 * linux/capability.h, revision 3). In the image root is 0, for which revision 2 stands.
 */
export function rootCapability(value: ByteString, maps: IdMaps | undefined): ByteString {
  const bytes = Buffer.from(value, 'latin1');
  if (maps === undefined || bytes.length !== 24 || bytes.readUInt8(3) !== 3) return value;
  if (idInside(maps.uids, bytes.readUInt32LE(20)) !== 0) return value;
  bytes.writeUInt8(2, 3);
  return bytes.toString('latin1', 0, 20);
}

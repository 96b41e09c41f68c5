import path from 'node:path';
import { isWithin } from '../definition/image-paths.ts';
import type { Converted } from './convert-kbimg.ts';
import type { Kbimg } from './kbimg-schema.ts';

/** crypt(5) hashes that a definition takes. */
const STRONG_HASH = /^\$(?:y|gy|2[aby]|6|5)\$/;

/** Accounts, files, units, directories that last, and scripts. */
export function convertContent(kbimg: Kbimg): Converted {
  const accounts = convertAccounts(kbimg);
  const files = kbimg.copy_files.map(convertFile);
  const script = kbimg.chroot_script;
  const places = (kbimg.persist_mkdir?.name ?? []).map(
    (name) => `/${name.replace(/^\/+|\/+$/g, '')}`,
  );
  const persist = places.filter((place) => !isWithin(place, '/var'));
  return {
    definition: {
      ...accounts.definition,
      ...(files.length > 0 ? { files: files.map((converted) => converted.file) } : {}),
      ...(kbimg.systemd_service
        ? { units: { enable: kbimg.systemd_service.name.map(unitName) } }
        : {}),
      ...(persist.length > 0 ? { persist } : {}),
      ...(script ? { scripts: [{ name: path.basename(script.path), source: script.path }] } : {}),
    },
    notes: [
      ...accounts.notes,
      ...files.flatMap((converted) => converted.notes),
      ...places.map(
        (place) => `persist_mkdir: what was /persist${place} on a node is now ${place}, and lasts`,
      ),
      ...(script && !script.rm
        ? ['chroot_script: a script is never left in the image (rm was false); use files for that']
        : []),
    ],
  };
}

function convertAccounts(kbimg: Kbimg): Converted {
  const root = convertRoot(kbimg.from_repo?.root_passwd);
  const users = kbimg.users.map((user) => ({
    name: user.name,
    groups: [...new Set([...(user.primary_group ? [user.primary_group] : []), ...user.groups])],
    passwordHash: '!',
  }));
  const all = [...root.users, ...users];
  return {
    definition: all.length > 0 ? { users: all } : {},
    notes: [
      ...root.notes,
      ...users.map(
        ({ name }) =>
          `users ${name}: its password stood in plain text and is not taken over; write what \`openssl passwd -6\` prints into passwordHash, or better sshKeys`,
      ),
      ...kbimg.users
        .filter((user) => user.primary_group !== undefined)
        .map(
          (user) =>
            `users ${user.name}: ${user.primary_group} was its primary group and is now a further one`,
        ),
    ],
  };
}

function convertRoot(hash: string | undefined): {
  users: { name: string; passwordHash: string }[];
  notes: string[];
} {
  if (hash === undefined) return { users: [], notes: [] };
  if (STRONG_HASH.test(hash)) return { users: [{ name: 'root', passwordHash: hash }], notes: [] };
  return {
    users: [{ name: 'root', passwordHash: '!' }],
    notes: [
      'root_passwd: a hash of this kind is not taken (the sample of KubeOS is public, and MD5 is broken); write what `openssl passwd -6` prints into passwordHash of root',
    ],
  };
}

function convertFile(copied: Kbimg['copy_files'][number]): {
  file: { path: string; source: string };
  notes: string[];
} {
  const name = path.basename(copied.src);
  const isInto = copied.dst.endsWith('/') || copied.create_dir === copied.dst;
  const target = isInto ? path.posix.join('/', copied.dst, name) : path.posix.join('/', copied.dst);
  const file = { path: target, source: copied.src };
  const isClear = isInto || path.basename(copied.dst) === name;
  if (isClear) return { file, notes: [] };
  return {
    file,
    notes: [
      `copy_files ${copied.src}: if ${copied.dst} is a directory, write ${path.posix.join(target, name)} as its path`,
    ],
  };
}

/** systemctl(1) takes names without a type as services. */
function unitName(name: string): string {
  return /\.[a-z]+$/.test(name) ? name : `${name}.service`;
}

import { z } from 'zod';

export const releaseName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/,
    'lower-case letters, digits, "." and "-", at most 64',
  );

export const version = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,62}$/, 'letters, digits and . + ~ _ -, at most 63');

/** Also keeps option-like names from reaching a package manager's command line. */
export const packageName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9+._:~=@-]*$/, 'a package name, not an option');

export const httpUrl = z.string().regex(/^https?:\/\/[^\s/]+(\/\S*)?$/, 'an http or https address');

/** A path on the build host, relative to the definition's folder. */
export const hostPath = z
  .string()
  .min(1)
  .regex(/^[^\0\n]+$/);

const NORMAL_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[^\0\n/]+)+$/;

/** An absolute, normal path inside the image. */
export const imagePath = z
  .string()
  .regex(NORMAL_PATH, 'an absolute path without "." or ".." parts');

const mode = z.string().regex(/^[0-7]{4}$/, 'four octal digits in quotes, for example "0644"');

const owner = z
  .string()
  .regex(/^(?:[a-z_][a-z0-9_-]*|\d+):(?:[a-z_][a-z0-9_-]*|\d+)$/, 'user:group, by name or number');

/** Exactly one of `content`, `source`, `link`, `directory` says what the entry is. */
export const file = z
  .strictObject({
    path: imagePath,
    content: z.string().optional(),
    source: hostPath.optional().describe('File or directory on the build host'),
    link: z.string().min(1).optional().describe('Target of a symbolic link'),
    directory: z.literal(true).optional(),
    mode: mode.optional().describe('Default "0644" for files, "0755" for directories'),
    owner: owner.default('root:root'),
  })
  .refine(
    (entry) =>
      [entry.content, entry.source, entry.link, entry.directory].filter(
        (part) => part !== undefined,
      ).length === 1,
    'exactly one of content, source, link and directory',
  );

const accountName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a POSIX account name');

/** crypt(5) hashes that a current libc makes: yescrypt, gost-yescrypt, bcrypt, SHA-512, SHA-256; or locked. */
const passwordHash = z
  .string()
  .regex(
    /^(?:\$(?:y|gy|2[aby]|6|5)\$[A-Za-z0-9./$=,]+|[!*])$/,
    'a crypt(5) hash, as `openssl passwd -6` makes it',
  );

const sshKey = z
  .string()
  .regex(
    /^(?:ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+(?: .*)?$/,
    'one line of a public key file',
  );

export const user = z.strictObject({
  name: accountName,
  uid: z.int().min(0).max(65533).optional(),
  groups: z.array(accountName).default([]),
  home: imagePath.optional(),
  shell: imagePath.default('/bin/bash'),
  sshKeys: z.array(sshKey).default([]),
  passwordHash: passwordHash.optional(),
});

const unitName = z
  .string()
  .regex(
    /^[A-Za-z0-9:_.\\@-]+\.(?:service|socket|timer|mount|path|target|slice|swap|automount)$/,
    'a unit with its type, for example sshd.service',
  );

export const units = z.strictObject({
  enable: z.array(unitName).default([]),
  disable: z.array(unitName).default([]),
  mask: z.array(unitName).default([]),
});

/** A path below /etc, where `*` stands for any run of characters but "/". */
const etcItem = z
  .string()
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_.@*-]+(?:\/[A-Za-z0-9_.@*-]+)*$/,
    'a path below /etc',
  );

export const etc = z.union([
  z.enum(['named', 'mutable']),
  z.strictObject({ named: z.array(etcItem) }).describe('Items that last beside the usual ones'),
]);

export const sysctlKey = z
  .string()
  .regex(/^[a-z0-9_]+(?:[./][A-Za-z0-9_*-]+)+$/, 'for example net.ipv4.ip_forward');
export const sysctlValue = z.union([z.int(), z.string().regex(/^[^\n]+$/)]).transform(String);
export const moduleName = z.string().regex(/^[A-Za-z0-9_-]+$/, 'a module name without .ko');

/**
 * No quotes, spaces, `$` or backslash: what is written here reaches the kernel through GRUB's
 * script language unchanged.
 */
export const kernelArgument = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+(?:=[A-Za-z0-9_.,:/@+=%-]*)?$/, 'name or name=value, one argument each');

const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** A size such as 512MiB; parsed to bytes. */
export const size = z
  .string()
  .regex(/^[1-9]\d{0,6}(?:KiB|MiB|GiB)$/, 'a size such as 512MiB or 2GiB')
  .transform((text) => {
    const unit = text.slice(-3) === 'KiB' ? 'KiB' : text.slice(-3) === 'GiB' ? 'GiB' : 'MiB';
    return Number(text.slice(0, -3)) * BYTES[unit];
  });

export const partitions = z.strictObject({
  boot: size.prefault('256MiB').describe('BOOT: GRUB and what it reads'),
  root: size.prefault('2560MiB').describe('Each of ROOT-A and ROOT-B'),
  persist: size.prefault('512MiB').describe('PERSIST in the image; it grows at first boot'),
});

export const root = z.strictObject({
  fileSystem: z.enum(['ext4', 'squashfs', 'erofs']).default('ext4'),
  verity: z.boolean().default(true).describe('Without it, root on the node can write to the slot'),
});

export const persistDirectory = imagePath;

export const repository = z.strictObject({
  name: releaseName.default('default'),
  url: httpUrl.describe('The image server'),
  root: hostPath.describe("Its root of trust, TUF's root.json"),
});

export const script = z
  .strictObject({
    name: z.string().min(1),
    run: z.string().optional().describe('Text of a script, begins with #!'),
    source: hostPath.optional(),
  })
  .refine(
    (entry) => (entry.run === undefined) !== (entry.source === undefined),
    'either run or source',
  );

import { z } from 'zod';
import { KUBELET_VERSION } from '../../release/manifest.ts';

/**
 * Text of one form. What is expected is said in words, because it is what a person reads in an error,
 * whether the value has the wrong form, is no text, or is missing, and in an editor, where nothing else
 * describes the key.
 */
export function text(form: RegExp, expected: string): z.ZodString {
  return z.string({ error: expected }).regex(form, { error: expected }).describe(expected);
}

export const releaseName = text(
  /^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/,
  'lower-case letters, digits, "." and "-", at most 64, such as web-node',
);

export const version = text(
  /^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,62}$/,
  'text of letters, digits and . + ~ _ -, at most 63, such as "1.4.0"',
);

/** Keeps options, and apt's `name-` that removes a package, from a package manager's command line. */
export const packageName = text(
  /^[A-Za-z0-9](?:[A-Za-z0-9+._:~=@-]*[A-Za-z0-9+])?$/,
  'the name of a package, or name=version',
);

/** Lockfile, provenance and errors name addresses: a password in one would be told to everybody. */
export const httpUrl = text(
  /^https?:\/\/[^\s/@]+(\/\S*)?$/,
  'an address that begins with http:// or https://, without a user or password',
);

/** A path on the build host, relative to the file that it is written in. */
export const hostPath = text(/^[^\0\n]+$/, 'a path on this machine, relative to this file');

const NORMAL_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[^\0\n/]+)+$/;

/** An absolute, normal path inside the image. */
export const imagePath = text(
  NORMAL_PATH,
  'an absolute path inside the image, without ".", ".." or a "/" at its end',
);

const mode = text(/^[0-7]{4}$/, 'four octal digits such as "0644"');

const owner = text(
  /^(?:[a-z_][a-z0-9_-]*|\d+):(?:[a-z_][a-z0-9_-]*|\d+)$/,
  'user:group, each a name or a number, such as root:root',
);

const FILE_FORMS = ['content', 'source', 'link', 'directory'] as const;

/** Exactly one of `content`, `source`, `link`, `directory` says what the entry is. */
export const file = z
  .strictObject({
    path: imagePath,
    content: z.string().optional().describe('Text of the file'),
    source: hostPath.optional().describe('File or directory on the build host'),
    link: text(/^[^\0\n]+$/, 'the target of a symbolic link')
      .optional()
      .describe('Target of a symbolic link'),
    directory: z
      .literal(true, { error: 'true, or the key left out' })
      .optional()
      .describe('An empty directory'),
    mode: mode.optional().describe('Default "0644" for files, "0755" for directories'),
    owner: owner.default('root:root'),
  })
  .superRefine((entry, context) => {
    const written = FILE_FORMS.filter((form) => entry[form] !== undefined);
    if (written.length === 1) return;
    const found = written.length === 0 ? 'none of them' : written.join(' and ');
    const message = `a file needs exactly one of ${FILE_FORMS.join(', ')}; found ${found}`;
    context.addIssue({ code: 'custom', message });
  });

const accountName = text(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  'the name of an account: lower-case letters, digits, "_" and "-", at most 32',
);

/** crypt(5) hashes that a current libc makes: yescrypt, gost-yescrypt, bcrypt, SHA-512, SHA-256; or locked. */
const passwordHash = text(
  /^(?:\$(?:y|gy|2[aby]|6|5)\$[A-Za-z0-9./$=,]+|[!*])$/,
  'a hash as `openssl passwd -6` prints it ($6$…), or "!" for no password',
);

const sshKey = text(
  /^(?:ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+(?: .*)?$/,
  'one line of a public key file (id_ed25519.pub): type, key and comment',
);

export const user = z.strictObject({
  name: accountName,
  uid: z
    .int({ error: 'a whole number' })
    .min(0)
    .max(65533)
    .optional()
    .describe('Default: a free one from 1000 on'),
  groups: z.array(accountName).default([]).describe('Further groups, which the image must have'),
  home: imagePath.optional(),
  shell: imagePath.default('/bin/bash'),
  sshKeys: z.array(sshKey).default([]).describe('Public keys that log in, one line each'),
  passwordHash: passwordHash.optional(),
});

export const unitName = text(
  /^[A-Za-z0-9:_.\\@-]+\.(?:service|socket|timer|mount|path|target|slice|swap|automount)$/,
  'a unit with its type, such as sshd.service',
);

export const units = z.strictObject({
  enable: z.array(unitName).default([]).describe('Units that start at boot'),
  disable: z.array(unitName).default([]).describe('Units that do not start by themselves'),
  mask: z.array(unitName).default([]).describe('Units that nothing can start'),
});

/** A path below /etc, where `*` stands for any run of characters but "/". */
const etcItem = text(
  /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_.@*-]+(?:\/[A-Za-z0-9_.@*-]+)*$/,
  'a path below /etc without a "/" in front, such as multipath/wwids; "*" stands for any characters but "/"',
);

export const etc = z.union([
  z.enum(['named', 'mutable']),
  z.strictObject({ named: z.array(etcItem).describe('Items that last beside the usual ones') }),
]);

export const sysctlKey = text(
  /^[a-z0-9_]+(?:[./][A-Za-z0-9_*-]+)+$/,
  'the name of a kernel setting, such as net.ipv4.ip_forward',
);
export const sysctlValue = z
  .union([z.int({ error: 'a whole number' }), text(/^[^\0\n]+$/, 'text on one line')])
  .transform(String);
export const moduleName = text(/^[A-Za-z0-9_-]+$/, 'the name of a kernel module, without .ko');

/**
 * No quotes, spaces, `$` or backslash: what is written here reaches the kernel through GRUB's
 * script language unchanged. Nor `--`: what follows it, kubeos's own arguments included, is init's and not the kernel's.
 */
export const kernelArgument = text(
  /^(?!--(?:$|=))[A-Za-z0-9_.-]+(?:=[A-Za-z0-9_.,:/@+=%-]*)?$/,
  'one argument, name or name=value, without spaces, quotes, "$" or "\\"',
);

const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** A size such as 512MiB; parsed to bytes. */
export const size = text(
  /^[1-9]\d{0,6}(?:KiB|MiB|GiB)$/,
  'a size such as 512MiB or 2GiB',
).transform((written) => {
  const unit = written.slice(-3) === 'KiB' ? 'KiB' : written.slice(-3) === 'GiB' ? 'GiB' : 'MiB';
  return Number(written.slice(0, -3)) * BYTES[unit];
});

export const partitions = z.strictObject({
  boot: size.prefault('256MiB').describe('BOOT: GRUB and what it reads'),
  root: size.prefault('2560MiB').describe('Each of ROOT-A and ROOT-B'),
  persist: size.prefault('512MiB').describe('PERSIST in the image; it grows at first boot'),
});

export const root = z.strictObject({
  fileSystem: z
    .enum(['ext4', 'squashfs', 'erofs'])
    .default('ext4')
    .describe('File system of the root image'),
  verity: z.boolean().default(true).describe('Without it, root on the node can write to the slot'),
});

export const release = z.strictObject({
  compressionLevel: z
    .int({ error: 'a whole number from 1 to 19' })
    .min(1)
    .max(19)
    .default(3)
    .describe("zstd's level for the image as it is sent whole"),
  kubelet: text(KUBELET_VERSION, 'the whole version, such as "1.34.2"')
    .optional()
    .describe('Version of kubelet, where no package says it'),
  securityFloor: z
    .int({ error: 'a whole number, 0 or more' })
    .min(0)
    .default(0)
    .describe(
      'Nodes that commit this release refuse every release of a smaller epoch from then on',
    ),
});

const stateItem = z.strictObject({
  name: text(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a short name, such as containerd'),
  version: text(/^[\x21-\x7e]{1,32}$/, 'a version of at most 32 characters, such as "2.1"')
    .optional()
    .describe('Releases with the same version read what each other wrote'),
  paths: z
    .array(imagePath)
    .min(1, { error: 'at least one file or directory' })
    .max(32, { error: 'at most 32 files and directories' })
    .describe('Files and directories that it writes'),
  onRollback: z
    .enum(['moveAside', 'keep'])
    .default('moveAside')
    .describe('What becomes of what another version wrote, when nothing was saved'),
});

export const state = z.strictObject({
  dataEpoch: z
    .int({ error: 'a whole number, 0 to 9999' })
    .min(0)
    .max(9999)
    .default(0)
    .describe('Grows by one with each change of form that older releases cannot read'),
  items: z
    .array(stateItem)
    .max(8, { error: 'at most 8 items' })
    .default([])
    .describe("Saved before a new release starts; containerd's and kubelet's are known"),
});

export const repository = z.strictObject({
  name: releaseName.default('default'),
  url: httpUrl.describe('The image server'),
  root: hostPath.describe("Its root of trust, TUF's root.json"),
});

export const script = z
  .strictObject({
    name: text(/^[^\0\n]+$/, 'a name, shown while the script runs'),
    run: text(/^#!/, 'the text of a script that begins with #!')
      .optional()
      .describe('Text of the script; begins with #!'),
    source: hostPath.optional(),
  })
  .superRefine((entry, context) => {
    if ((entry.run === undefined) !== (entry.source === undefined)) return;
    const found = entry.run === undefined ? 'none of them' : 'both';
    context.addIssue({
      code: 'custom',
      message: `a script needs either run or source; found ${found}`,
    });
  });

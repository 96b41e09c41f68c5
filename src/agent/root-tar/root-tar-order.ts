import { z } from 'zod';

/** File names below /etc/KubeOS/certs: no separators, and nothing that begins with a dot. */
const certificate = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$|^$/,
    'the name of a file in /etc/KubeOS/certs, without "/" and not beginning with "."',
  )
  .optional()
  .transform((name) => (name === '' ? undefined : name));

const PLAIN_TAR =
  'disk: a plain tar of the root file system at imageurl. Of a container image take its /os.tar: ' +
  'docker create IMAGE, docker cp ID:/os.tar ., and publish that file on an HTTP server';

const SHA256 = 'the SHA-256 of the tar, 64 hexadecimal digits';
const NAMED = 'what people call the image: 1 to 64 ASCII characters, no quotes';

/** KubeOS's fields, with its names. */
const fields = {
  imagetype: z.literal('disk', { error: PLAIN_TAR }),
  imageurl: z
    .url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' })
    .max(2048)
    .refine((address) => !/^[^/]*\/\/[^/]*@/.test(address), 'an address without user and password'),
  checksum: z
    .string({ error: SHA256 })
    .regex(/^[0-9a-f]{64}$/i, SHA256)
    .transform((checksum) => checksum.toLowerCase()),
  /** What people call it; the checksum decides. GRUB shows it, and takes no quotes. */
  version: z.string({ error: NAMED }).regex(/^[!-&(-~](?:[ -&(-~]{0,62}[!-&(-~])?$/, NAMED),
  flagSafe: z.boolean().default(false),
  mtls: z.boolean().default(false),
  cacert: certificate,
  clientcert: certificate,
  clientkey: certificate,
  maxTransferBytes: z.int().min(1).optional(),
  bytesPerSecond: z.int().min(1).optional(),
  /** A tar that failed on this node before is tried again. */
  allowFailed: z.boolean().default(false),
  /** What KubeOS's other image types need, and its objects always have. */
  containerimage: z.literal('', { error: 'nothing: the image comes from imageurl' }).optional(),
};

export const rootTarOrderSchema = z.strictObject(fields).superRefine(checkTransport);

export type RootTarOrder = Readonly<z.infer<typeof rootTarOrderSchema>>;

type Asked = Pick<
  RootTarOrder,
  'imageurl' | 'flagSafe' | 'mtls' | 'cacert' | 'clientcert' | 'clientkey'
>;

const CERTIFICATES = ['cacert', 'clientcert', 'clientkey'] as const;

function checkTransport(asked: Asked, context: z.RefinementCtx): void {
  const isPlain = URL.parse(asked.imageurl)?.protocol === 'http:';
  const missing = CERTIFICATES.filter((name) => asked[name] === undefined);
  const isNamed = (asked.clientcert ?? asked.clientkey) !== undefined;
  const rules: readonly (readonly [boolean, string, string])[] = [
    [
      ...([isPlain && !asked.flagSafe, 'imageurl'] as const),
      'http: only with flagSafe: true, where the network itself is trusted',
    ],
    [isPlain && asked.mtls, 'mtls', 'needs an imageurl with https'],
    [asked.mtls && missing.length > 0, 'mtls', `needs ${missing.join(' and ')} too`],
    [!asked.mtls && isNamed, 'mtls', 'clientcert and clientkey are for mtls: true'],
  ];
  for (const [isBroken, path, message] of rules) {
    if (isBroken) context.addIssue({ code: 'custom', path: [path], message });
  }
}

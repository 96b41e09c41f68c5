import { z } from 'zod';

const repository = z.strictObject({
  ask: z.literal('open'),
  addresses: z.array(z.string()).min(1),
  maxTransferBytes: z.int().min(1).nullable(),
  bytesPerSecond: z.int().min(1).nullable(),
});
const small = z.strictObject({
  ask: z.literal('small'),
  path: z.string(),
  maxBytes: z.int().min(1),
  isFresh: z.boolean(),
});
const fill = z.strictObject({
  ask: z.literal('fill'),
  /** manifest.json. */
  manifest: z.string(),
  /** image.blocks, base64. */
  table: z.string(),
  /** Delta packs that signed metadata lists. */
  packs: z.array(z.strictObject({ base: z.string(), path: z.string(), length: z.int() })),
  base: z
    .strictObject({
      release: z.string().nullable(),
      imageBytes: z.int(),
      imageSha256: z.hex(),
      /** 32 bytes for each block, base64. */
      blocks: z.string(),
    })
    .nullable(),
  /** "1" for each block that is right, "0" for one that is not. */
  right: z.string(),
});
const reply = z.strictObject({ ask: z.literal('reply'), id: z.int(), isRight: z.boolean() });
/** A plain tar at one address, which the next ask has sent. */
const tar = z.strictObject({
  ask: z.literal('tar'),
  address: z.string(),
  /** PEM. */
  tls: z.strictObject({
    ca: z.string().nullable(),
    cert: z.string().nullable(),
    key: z.string().nullable(),
  }),
  maxTransferBytes: z.int().min(1).nullable(),
  bytesPerSecond: z.int().min(1).nullable(),
});
const pieces = z.strictObject({ ask: z.literal('pieces') });
const distrust = z.strictObject({ ask: z.literal('distrust') });

/** What the agent says to its fetcher. */
export const askSchema = z.discriminatedUnion('ask', [
  repository,
  small,
  fill,
  reply,
  distrust,
  tar,
  pieces,
]);
export type Ask = z.infer<typeof askSchema>;
export type FillOrder = z.infer<typeof fill>;
export type TarAsk = z.infer<typeof tar> | z.infer<typeof pieces>;

const count = z.int().min(0);
const words = z.string().max(4096);

/** What the fetcher says to the agent, which believes none of it: it comes from where hostile bytes are decoded. */
export const tellSchema = z.discriminatedUnion('tell', [
  z.strictObject({ tell: z.literal('opened'), address: words, mirrors: z.int().min(1).max(64) }),
  z.strictObject({ tell: z.literal('small'), isThere: z.boolean() }),
  z.strictObject({
    tell: z.literal('failed'),
    code: words,
    message: words,
    hint: words.nullable(),
    failure: z.enum(['missing', 'busy', 'rangeIgnored', 'broken', 'refused']).nullable(),
  }),
  z.strictObject({
    tell: z.literal('read'),
    id: count,
    from: z.enum(['base', 'target']),
    position: count,
    length: z
      .int()
      .min(1)
      .max(2 ** 20),
  }),
  z.strictObject({ tell: z.literal('block'), id: count, index: count }),
  z.strictObject({ tell: z.literal('tar'), bytes: count }),
  z.strictObject({ tell: z.literal('piece'), bytesTransferred: count }),
  z.strictObject({ tell: z.literal('progress'), bytesTransferred: count }),
  z.strictObject({
    tell: z.literal('done'),
    bytesTransferred: count,
    requests: count,
    how: z.enum(['nothing', 'base', 'pack', 'frames', 'whole']),
  }),
]);
export type Tell = z.infer<typeof tellSchema>;

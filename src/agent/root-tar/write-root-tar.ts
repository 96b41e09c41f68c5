import { createHash } from 'node:crypto';
import { Ext4Writer } from '../../disk/ext4/ext4-writer.ts';
import { ImageStream, type WriteImage } from '../../disk/ext4/image-stream.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { KubeosError } from '../../errors.ts';
import { ByteFeed } from './byte-feed.ts';
import { readTarStream } from './read-tar-stream.ts';
import { RootFacts } from './root-facts.ts';
import { writeMember } from './write-member.ts';

/** An image that was written, known by its hashes. */
export interface WrittenImage {
  readonly size: number;
  /** SHA-256 of each MiB, and of what is left, in order. */
  readonly hashes: readonly Uint8Array[];
}

export interface RootTarParts {
  /** A plain tar, as it comes. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Hex SHA-256 of all of it. */
  readonly checksum: string;
  readonly write: WriteImage;
  /** Bytes of the partition. */
  readonly capacity: number;
}

/** Far more than a node's root has; each costs memory until the end. */
const MAX_INODES = 200_000;

/**
 * Makes the file system of a tar while the tar comes. It is worth nothing before the checksum was found right, which is at
 * its end: what is written until then is as much as fits into the partition, has no superblock, and is looked at by nobody.
 *
 * @throws KubeosError RELEASE_INVALID for what is not the tar that is meant, or none that can be kept; NO_SPACE
 */
export async function writeRootTar(
  parts: RootTarParts,
): Promise<{ readonly image: WrittenImage; readonly facts: RootFacts }> {
  const sum = createHash('sha256');
  const feed = new ByteFeed(summed(parts.pieces, sum));
  const stream = new ImageStream(parts.write, parts.capacity);
  const facts = new RootFacts();
  const made = await orRangeError(async () => await writeMembers(feed, { stream, facts, parts }));
  // Of a tar that is another one than was meant, that is what has to be said.
  await feed.drain();
  const found = sum.digest('hex');
  if (found !== parts.checksum) throw wrongChecksum(found, parts.checksum);
  const hashes =
    made instanceof RangeError ? made : await orRangeError(async () => await made.finish());
  if (hashes instanceof RangeError) throw notKept(hashes, feed.position);
  return { image: { size: stream.position, hashes }, facts };
}

async function* summed(
  pieces: AsyncIterable<Uint8Array>,
  sum: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    sum.update(piece);
    yield piece;
  }
}

async function writeMembers(
  feed: ByteFeed,
  { stream, facts, parts }: { stream: ImageStream; facts: RootFacts; parts: RootTarParts },
): Promise<Ext4Writer> {
  const writer = await Ext4Writer.begin(stream, {
    uuid: uuidOf(parts.checksum, 'root'),
    label: 'ROOT',
    // The same tar gives the same image, whenever.
    time: 0,
    capacity: parts.capacity,
    maxInodes: MAX_INODES,
  });
  for await (const member of readTarStream(feed)) {
    facts.note(member);
    await writeMember(writer, member, (path, watched) => facts.watch(path, watched));
  }
  return writer;
}

async function orRangeError<T>(work: () => Promise<T>): Promise<T | RangeError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}

function wrongChecksum(found: string, expected: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `the tar has the SHA-256 ${found}, not ${expected}`, {
    hint: 'compare imageurl and checksum: sha256sum of the file that is served',
  });
}

function notKept(error: RangeError, position: number): KubeosError {
  return new KubeosError(
    'RELEASE_INVALID',
    `the tar cannot be kept, at byte ${position}: ${error.message}`,
    {
      cause: error,
      hint: 'make it of a root file system: tar --xattrs --numeric-owner -C ROOT -cf kubeos.tar .',
    },
  );
}

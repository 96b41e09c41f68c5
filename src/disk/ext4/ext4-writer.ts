import type { ByteString } from '../tar/byte-string.ts';
import { directoryBlocks } from './directory-blocks.ts';
import { Ext4Names, UNSAID } from './ext4-names.ts';
import { attributeBlock, parseAttributes, writeInInode } from './extended-attributes.ts';
import {
  bitmaps,
  BLOCKS_PER_GROUP,
  descriptorBlocks,
  groupCounts,
  groupDescriptors,
  planGeometry,
  type Geometry,
  type Usage,
} from './group-tables.ts';
import type { ImageStream } from './image-stream.ts';
import * as inode from './inode.ts';
import { BLOCK, type InodeAttributes, type InodeType } from './inode.ts';
import { InodeTable, ROOT_INODE } from './inode-table.ts';
import { superblock, type VolumeNames } from './superblock.ts';

export interface Ext4Options extends VolumeNames {
  /** Bytes of the partition. */
  readonly capacity: number;
  readonly maxInodes: number;
}

/** Where something new is named, and what it is like. */
export interface NewNode {
  readonly parent: number;
  readonly name: ByteString;
  readonly attributes: InodeAttributes;
}

/**
 * Makes an ext4 file system to be mounted read-only, in one pass: contents as they come, then directories, bitmaps and
 * inodes, and at the very end the superblock. The same calls give the same bytes.
 *
 * Its calls throw RangeError for what ext4 does not hold, and KubeosError NO_SPACE.
 */
export class Ext4Writer {
  readonly root = ROOT_INODE;
  readonly names: Ext4Names;
  readonly #image: ImageStream;
  readonly #options: Ext4Options;
  readonly #inodes: InodeTable;
  readonly #dataStart: number;

  private constructor(image: ImageStream, options: Ext4Options) {
    this.#image = image;
    this.#options = options;
    this.#inodes = new InodeTable(options.maxInodes);
    this.names = new Ext4Names(this.#inodes);
    const mostGroups = Math.ceil(options.capacity / (BLOCK * BLOCKS_PER_GROUP));
    this.#dataStart = 1 + descriptorBlocks(mostGroups);
  }

  static async begin(image: ImageStream, options: Ext4Options): Promise<Ext4Writer> {
    const writer = new Ext4Writer(image, options);
    await image.append(Buffer.alloc(writer.#dataStart * BLOCK));
    return writer;
  }

  /** @param content exactly `size` bytes */
  async addFile(node: NewNode, size: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#image.assertRoom(size);
    await this.#store(await this.#add('file', node), size, content);
  }

  async addSymlink(node: NewNode, target: ByteString): Promise<void> {
    const bytes = Buffer.from(target, 'latin1');
    if (bytes.length === 0 || bytes.length >= BLOCK)
      throw new RangeError('a link has no good target');
    const number = await this.#add('symlink', node);
    if (bytes.length >= inode.INLINE_BYTES) return await this.#store(number, bytes.length, [bytes]);
    inode.writeSize(this.#inodes.at(number), bytes.length);
    inode.writeInline(this.#inodes.at(number), bytes);
  }

  async addDevice(
    type: 'character-device' | 'block-device',
    node: NewNode,
    { major, minor }: { readonly major: number; readonly minor: number },
  ): Promise<void> {
    const bytes = inode.deviceBytes(major, minor);
    const number = await this.#add(type, node);
    inode.writeInline(this.#inodes.at(number), bytes);
  }

  async addPipe(node: NewNode): Promise<void> {
    await this.#add('fifo', node);
  }

  /** @returns the SHA-256 of each MiB of the image, in order */
  async finish(): Promise<readonly Uint8Array[]> {
    const { names } = this;
    // e2fsck puts there what it finds.
    if (names.lookup(ROOT_INODE, 'lost+found') === undefined) {
      names.addDirectory(ROOT_INODE, 'lost+found', { ...UNSAID, mode: 0o700 });
    }
    // Types first: they stand in each other's entries.
    for (const number of names.directories()) {
      inode.writeAttributes(this.#inodes.at(number), 'directory', names.attributesOf(number));
    }
    for (const number of names.directories()) {
      await this.#writeExtended(number, names.attributesOf(number));
      const blocks = directoryBlocks(names.entriesOf(number));
      await this.#store(number, blocks.length, [blocks]);
    }
    return await this.#close();
  }

  async #close(): Promise<readonly Uint8Array[]> {
    const geometry = planGeometry(this.#block, this.#inodes.count);
    const usage = {
      spare: { from: 1 + descriptorBlocks(geometry.groups), to: this.#dataStart },
      inodes: this.#inodes.count,
      directories: this.names.directories(),
    };
    for (const bytes of bitmaps(geometry, usage)) await this.#image.append(bytes);
    for (const bytes of this.#inodes.bytes()) await this.#image.append(bytes);
    await this.#image.alignTo(BLOCK);
    while (this.#block < geometry.blocks) await this.#image.append(Buffer.alloc(BLOCK));
    return await this.#image.finish(this.#head(geometry, usage));
  }

  /** Block 0, which holds the superblock in its middle, and the group descriptors behind it. */
  #head(geometry: Geometry, usage: Usage): Buffer {
    const counts = groupCounts(geometry, usage);
    const block = Buffer.alloc(BLOCK);
    block.set(superblock(this.#options, geometry, counts), 1024);
    return Buffer.concat([block, groupDescriptors(geometry, counts)]);
  }

  async #add(type: InodeType, { parent, name, attributes }: NewNode): Promise<number> {
    const number = this.#inodes.add();
    inode.writeAttributes(this.#inodes.at(number), type, attributes);
    this.names.add(parent, name, number);
    await this.#writeExtended(number, attributes);
    return number;
  }

  async #writeExtended(number: number, { extended }: InodeAttributes): Promise<void> {
    const parsed = parseAttributes(extended);
    const bytes = this.#inodes.at(number);
    if (writeInInode(bytes.subarray(inode.INODE_ATTRIBUTES_AT), parsed)) return;
    inode.writeAttributeBlock(bytes, this.#block);
    await this.#image.append(attributeBlock(parsed, BLOCK));
  }

  /** Contents of an inode: one stretch of blocks, and behind it a block of extents where it is long. */
  async #store(
    number: number,
    size: number,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    const run = { first: this.#block, count: Math.ceil(size / BLOCK) };
    for await (const chunk of content) await this.#image.append(chunk);
    await this.#image.alignTo(BLOCK);
    if (this.#block !== run.first + run.count)
      throw new Error(`inode ${number} is not ${size} bytes`);
    const bytes = this.#inodes.at(number);
    inode.writeSize(bytes, size);
    const leaf = inode.writeRun(bytes, run, this.#block);
    if (leaf !== null) await this.#image.append(leaf);
  }

  /** The next one. */
  get #block(): number {
    return this.#image.position / BLOCK;
  }
}

import type { ByteString } from '../tar/byte-string.ts';
import type { DirectoryEntry } from './directory-blocks.ts';
import { linksOf, typeBitsOf, writeLinks, type InodeAttributes } from './inode.ts';
import { ROOT_INODE, type InodeTable } from './inode-table.ts';

interface Directory {
  readonly parent: number;
  readonly names: Map<ByteString, number>;
  /** Written at the end: a tar may say them after what is in it. */
  attributes: InodeAttributes;
}

/** Links of ext4 without `dir_nlink`. */
const MAX_LINKS = 65_000;
/** Of a directory that is only named as part of a path. */
export const UNSAID: InodeAttributes = {
  ...{ mode: 0o755, uid: 0, gid: 0, mtime: 0 },
  extended: new Map(),
};

/** Directories, what is in them, and how often each inode is named. */
export class Ext4Names {
  readonly #inodes: InodeTable;
  readonly #directories = new Map<number, Directory>();

  constructor(inodes: InodeTable) {
    this.#inodes = inodes;
    this.#begin(ROOT_INODE, ROOT_INODE, UNSAID);
  }

  /** The inode of that name in a directory. */
  lookup(directory: number, name: ByteString): number | undefined {
    return this.#directories.get(directory)?.names.get(name);
  }

  isDirectory(inode: number): boolean {
    return this.#directories.has(inode);
  }

  /** @returns the inode of a new, empty directory @throws RangeError */
  addDirectory(parent: number, name: ByteString, attributes = UNSAID): number {
    const number = this.#inodes.add();
    this.#begin(number, parent, attributes);
    this.add(parent, name, number);
    this.#link(parent);
    return number;
  }

  setAttributes(directory: number, attributes: InodeAttributes): void {
    const found = this.#directories.get(directory);
    if (found !== undefined) found.attributes = attributes;
  }

  /** One more name of an inode. @throws RangeError */
  add(directory: number, name: ByteString, inode: number): void {
    const names = this.#directories.get(directory)?.names;
    if (names === undefined) throw new RangeError('a name in what is no directory');
    if (names.has(name)) throw new RangeError('a name that is there twice');
    names.set(name, inode);
    this.#link(inode);
  }

  /** Numbers of all directories. */
  directories(): IterableIterator<number> {
    return this.#directories.keys();
  }

  /** What a directory's blocks list. */
  *entriesOf(directory: number): Generator<DirectoryEntry> {
    const { parent, names } = this.#found(directory);
    const entry = (name: ByteString, inode: number): DirectoryEntry => ({
      ...{ name, inode },
      typeBits: typeBitsOf(this.#inodes.at(inode)),
    });
    yield entry('.', directory);
    yield entry('..', parent);
    for (const [name, inode] of names) yield entry(name, inode);
  }

  attributesOf(directory: number): InodeAttributes {
    return this.#found(directory).attributes;
  }

  #found(number: number): Directory {
    const directory = this.#directories.get(number);
    if (directory === undefined) throw new Error(`inode ${number} is no directory`);
    return directory;
  }

  /** It names itself; the root is its own parent. */
  #begin(number: number, parent: number, attributes: InodeAttributes): void {
    this.#directories.set(number, { parent, names: new Map(), attributes });
    writeLinks(this.#inodes.at(number), number === parent ? 2 : 1);
  }

  #link(inode: number): void {
    const links = linksOf(this.#inodes.at(inode));
    if (links >= MAX_LINKS) throw new RangeError(`something has more than ${MAX_LINKS} names`);
    writeLinks(this.#inodes.at(inode), links + 1);
  }
}

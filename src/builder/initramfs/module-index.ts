/**
 * One line of a kmod index: modprobe looks keys up, and takes keys of alias indexes as patterns.
 * Values of one key come in order of priority.
 */
export interface IndexEntry {
  readonly key: string;
  readonly value: string;
  readonly priority: number;
}

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  readonly values: { readonly value: string; readonly priority: number }[];
}

/** libkmod/libkmod-index.h: magic, version 2.1, then a radix tree with big-endian numbers. */
const MAGIC = 0xb007f457;
const VERSION = 0x0002_0001;
const HAS_PREFIX = 0x8000_0000;
const HAS_VALUES = 0x4000_0000;
const HAS_CHILDREN = 0x2000_0000;
const HEADER_BYTES = 12;

/** The bytes of a `modules.*.bin`, as depmod(8) writes them: kmod reads no text in its place. */
export function writeModuleIndex(entries: readonly IndexEntry[]): Uint8Array {
  const root: TrieNode = { children: new Map(), values: [] };
  for (const entry of entries) insert(root, entry);
  const parts: Uint8Array[] = [];
  const end = { offset: HEADER_BYTES };
  const rootOffset = writeNode(root, parts, end);
  return Buffer.concat([uint32(MAGIC), uint32(VERSION), uint32(rootOffset), ...parts]);
}

function insert(root: TrieNode, { key, value, priority }: IndexEntry): void {
  let node = root;
  for (const byte of Buffer.from(key)) {
    const child = node.children.get(byte) ?? { children: new Map(), values: [] };
    node.children.set(byte, child);
    node = child;
  }
  const after = node.values.findIndex((other) => other.priority > priority);
  node.values.splice(after < 0 ? node.values.length : after, 0, { value, priority });
}

/** Children come before their parent, which holds their offsets. @returns offset with the flags */
function writeNode(start: TrieNode, parts: Uint8Array[], end: { offset: number }): number {
  const { prefix, node } = skipChain(start);
  const bytes = [...node.children.keys()].toSorted((a, b) => a - b);
  const offsets = new Map(
    bytes.map((byte) => [byte, writeNode(childOf(node, byte), parts, end)] as const),
  );
  const body = Buffer.concat([
    ...(prefix.length > 0 ? [Buffer.from([...prefix, 0])] : []),
    ...childTable(bytes, offsets),
    ...(node.values.length > 0 ? [uint32(node.values.length)] : []),
    ...node.values.flatMap(({ value, priority }) => [uint32(priority), Buffer.from(`${value}\0`)]),
  ]);
  const flags =
    (prefix.length > 0 ? HAS_PREFIX : 0) +
    (node.values.length > 0 ? HAS_VALUES : 0) +
    (bytes.length > 0 ? HAS_CHILDREN : 0);
  const offset = end.offset + flags;
  parts.push(body);
  end.offset += body.length;
  return offset;
}

/** A node with one child and no value becomes part of its child's prefix. */
function skipChain(start: TrieNode): { prefix: number[]; node: TrieNode } {
  const prefix: number[] = [];
  let node = start;
  while (node.children.size === 1 && node.values.length === 0) {
    for (const [byte, child] of node.children) {
      prefix.push(byte);
      node = child;
    }
  }
  return { prefix, node };
}

/** First and last byte, then one offset for each byte between them; 0 where there is no child. */
function childTable(
  bytes: readonly number[],
  offsets: ReadonlyMap<number, number>,
): readonly Uint8Array[] {
  const first = bytes.at(0);
  const last = bytes.at(-1);
  if (first === undefined || last === undefined) return [];
  const slots = Array.from({ length: last - first + 1 }, (_, index) =>
    uint32(offsets.get(first + index) ?? 0),
  );
  return [Buffer.from([first, last]), ...slots];
}

function childOf(node: TrieNode, byte: number): TrieNode {
  const child = node.children.get(byte);
  if (child === undefined) throw new Error(`a module index node lost its child ${byte}`);
  return child;
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

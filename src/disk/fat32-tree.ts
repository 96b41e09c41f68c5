import { encodeFolder, folderBytes, type FatEntry, type FolderHead } from './fat32-directory.ts';
import { SECTOR } from './layout.ts';

/** Files and folders of BOOT by path, such as `EFI/BOOT/BOOTX64.EFI`. */
export type FileTree = ReadonlyMap<string, Uint8Array>;

/** The contents of a file or folder, from a cluster of one sector on, in one piece. */
export interface FatPiece {
  readonly cluster: number;
  readonly bytes: Uint8Array;
}

/** Clusters are counted from 2, and the root comes first. */
export const ROOT_CLUSTER = 2;

type Folder = Map<string, Folder | Uint8Array>;

/** Gives every file and folder its clusters, in the order in which they are named. */
export function placeTree(files: FileTree, label: string, time: Date): FatPiece[] {
  const pieces: FatPiece[] = [];
  let next = ROOT_CLUSTER;
  const place = (folder: Folder, headOf: (self: number) => FolderHead): number => {
    const self = next;
    const head = headOf(self);
    next += folderBytes([...folder.keys()], head.kind) / SECTOR;
    // A link up to the root names no cluster.
    const inside = (own: number): FolderHead => {
      return { kind: 'folder', self: own, parent: head.kind === 'root' ? 0 : self };
    };
    const entries = [...folder].map(([name, content]): FatEntry => {
      if (content instanceof Map) return { name, cluster: place(content, inside), size: null };
      return { name, cluster: placeFile(content), size: content.length };
    });
    pieces.push({ cluster: self, bytes: encodeFolder(entries, head, time) });
    return self;
  };
  const placeFile = (bytes: Uint8Array): number => {
    if (bytes.length === 0) return 0;
    const cluster = next;
    next += Math.ceil(bytes.length / SECTOR);
    pieces.push({ cluster, bytes });
    return cluster;
  };
  place(treeOf(files), () => ({ kind: 'root', label }));
  return pieces;
}

function treeOf(files: FileTree): Folder {
  const root: Folder = new Map();
  for (const [path, bytes] of files) {
    const names = path.split('/');
    const folder = names.slice(0, -1).reduce(subfolder, root);
    folder.set(names.at(-1) ?? '', bytes);
  }
  return root;
}

function subfolder(folder: Folder, name: string): Folder {
  const known = folder.get(name);
  if (known instanceof Map) return known;
  const made: Folder = new Map();
  folder.set(name, made);
  return made;
}

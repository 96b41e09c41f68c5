import test from 'ava';
import { findNode } from './find-node.ts';
import type { FileNode, FileTree } from './file-node.ts';

function treeOf(paths: Readonly<Record<string, string | null>>): FileTree {
  const nodes = Object.entries({ '/': null, ...paths }).map(
    ([path, target]): [string, FileNode] => {
      const kind = target === null ? (path.includes('.') ? 'file' : 'directory') : 'link';
      const owner = { mode: 0o755, uid: 0, gid: 0, size: 0 };
      return [path, { path, kind, target, ...owner, content: null, attributes: null }];
    },
  );
  return new Map(nodes);
}

const TREE = treeOf({
  '/etc': null,
  '/etc/os-release': '../usr/lib/os-release.txt',
  '/lib': 'usr/lib',
  '/usr': null,
  '/usr/lib': null,
  '/usr/lib/os-release.txt': null,
  '/usr/absolute': '/etc/os-release',
  '/usr/escape': '../../../../usr/lib/os-release.txt',
  '/usr/loop': 'loop',
  '/usr/dangling': '/nowhere',
});

const leadsTo = test.macro({
  title: (_, from: string, to: string | undefined) => `${from} leads to ${to ?? 'nothing'}`,
  exec(t, from: string, to: string | undefined) {
    t.is(findNode(TREE, from)?.path, to);
  },
});

test(leadsTo, '/', '/');
test(leadsTo, '/usr/lib/os-release.txt', '/usr/lib/os-release.txt');
test(leadsTo, '/etc/os-release', '/usr/lib/os-release.txt');
test(leadsTo, '/lib/os-release.txt', '/usr/lib/os-release.txt');
test(leadsTo, '/usr/absolute', '/usr/lib/os-release.txt');
test(leadsTo, '/usr/escape', '/usr/lib/os-release.txt');
test(leadsTo, '/usr/loop', undefined);
test(leadsTo, '/usr/dangling', undefined);
test(leadsTo, '/absent/os-release.txt', undefined);

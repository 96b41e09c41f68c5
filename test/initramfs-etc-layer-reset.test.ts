import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { persistCommand } from '../src/agent/persist/persist-command.ts';
import { makeTree, observeTree } from './initramfs/file-tree.ts';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-etc-reset-'));

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`what was reset is the image's at the next start, and only that (${name})`, async (t) => {
    await using directory = await temporary();
    const at = (place: string): string => path.join(directory.path, place);
    await makeTree(at('layer/upper'), { hosts: '1', 'a b\\c': '2', 'cni/x': '3', 'cni/y': '4' });
    await makeTree(directory.path, { mode: 'mutable\n', items: 'hosts\n', shadowed: '' });
    const [layer, mode, items, shadowed] = ['layer', 'mode', 'items', 'shadowed'].map(at);
    const places = { layer, mode, items, shadowed } as Parameters<typeof persistCommand>[1];
    const words = ['reset', 'hosts', 'a b\\c', 'cni/y'];
    await persistCommand({ words, isDryRun: false }, places);
    const text = 'reset_layer "$1/layer"';
    await runFunctions({ shell, sources: ['etc-layer'], text, args: [directory.path] });
    t.deepEqual(await observeTree(at('layer')), { 'upper/cni/x': '3' });
  });

  test(`a list that leads elsewhere removes nothing there (${name})`, async (t) => {
    await using directory = await temporary();
    const at = (place: string): string => path.join(directory.path, place);
    await makeTree(at('outside'), { file: 'kept' });
    await makeTree(at('layer/upper'), { file: 'kept', link: `→${at('outside')}` });
    await writeFile(
      at('layer/reset'),
      '\n..\n../outside/file\nlink/file\n../../outside\nlink/..\n',
    );
    const text = 'reset_layer "$1/layer"';
    await runFunctions({ shell, sources: ['etc-layer'], text, args: [directory.path] });
    t.deepEqual(await observeTree(directory.path), {
      'layer/upper/file': 'kept',
      'layer/upper/link': `→${at('outside')}`,
      'outside/file': 'kept',
    });
  });
}

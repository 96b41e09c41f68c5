import { mkdir, mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { EtcPlaces } from './etc-layer.ts';
import { namingItem } from './etc-items.ts';
import { persistCommand } from './persist-command.ts';

/** A layer with these files, in an image with these items. */
async function scene(mode: 'named' | 'mutable' = 'named') {
  const directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-persist-'));
  const at = (name: string): string => path.join(directory.path, name);
  const places: EtcPlaces = {
    ...{ layer: at('layer'), mode: at('mode'), items: at('items'), shadowed: at('shadowed') },
  };
  for (const [name, text] of Object.entries({
    'layer/upper/hosts': 'mine',
    'layer/upper/kubernetes/pki/ca.key': 'key',
    'layer/upper/kubernetes/config': 'c',
    'layer/upper/motd': 'not named',
    mode: `${mode}\n`,
    items: 'hosts\nkubernetes\nssh/ssh_host_*\n',
    shadowed: '/etc/hosts\n',
  })) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  }
  return { places, at, [Symbol.asyncDispose]: async () => await directory.remove() };
}

const say = async (places: EtcPlaces, ...words: readonly string[]) =>
  await persistCommand({ words, isDryRun: false }, places);

test('what lasts, what hides a file of the image, and what goes is listed', async (t) => {
  await using named = await scene();
  t.is(
    (await say(named.places, 'list')).text,
    `of /etc only named items last on this node
/etc/hosts  4 bytes, hides the image's, item hosts
/etc/kubernetes/config  1 bytes, item kubernetes
/etc/kubernetes/pki/ca.key  3 bytes, item kubernetes
/etc/motd  9 bytes, lost at the next start
`,
  );
  await using mutable = await scene('mutable');
  t.regex((await say(mutable.places)).text, /^all changes .* last[^]*\/etc\/motd {2}9 bytes\n$/);
});

test('a dry run says what would be reset, and notes nothing', async (t) => {
  await using one = await scene();
  const { text, said } = await persistCommand(
    { words: ['reset', 'hosts'], isDryRun: true },
    one.places,
  );
  t.is(text, 'would be reset at the next start:\n/etc/hosts\n');
  t.like(said, { isDryRun: true, reset: [{ path: 'hosts', item: 'hosts' }] });
  await t.throwsAsync(readFile(one.at('layer/reset')), { code: 'ENOENT' });
});

test('items, files and directories are reset together, and again', async (t) => {
  await using one = await scene();
  await say(one.places, 'reset', '/etc/hosts');
  await say(one.places, 'reset', 'kubernetes/', 'hosts');
  t.is(
    await readFile(one.at('layer/reset'), 'utf8'),
    'hosts\nkubernetes/config\nkubernetes/pki/ca.key\n',
  );
  t.regex((await say(one.places, 'list')).text, /ca\.key .* reset at the next start/);
});

test('what means nothing here is refused whole, with where to look', async (t) => {
  await using one = await scene();
  for (const words of [['reset'], ['reset', 'hosts', '../x'], ['reset', 'host'], ['drop']]) {
    await t.throwsAsync(say(one.places, ...words), { code: 'USAGE' }, words.join(' '));
  }
  await t.throwsAsync(readFile(one.at('layer/reset')), { code: 'ENOENT' });
});

test('a layer that cannot be read is not one without changes', async (t) => {
  await using one = await scene();
  await rm(one.at('layer/upper'), { recursive: true });
  t.regex((await say(one.places, 'list')).text, /nothing was changed/);
  await writeFile(one.at('layer/upper'), 'no directory');
  await t.throwsAsync(say(one.places, 'list'), { code: 'HOST_NOT_READY', message: /upper/ });
  await rm(one.at('layer/upper'));
  await mkdir(one.at('layer/reset'));
  await t.throwsAsync(say(one.places, 'list'), { code: 'HOST_NOT_READY' });
});

test('an item names what the shell of the initramfs would take for it', (t) => {
  const items = ['cni', 'ssh/ssh_host_*', 'a.b', '*.d'];
  for (const [place, item] of [
    ['cni/net.d/10.conf', 'cni'],
    ['cnix', null],
    ['ssh/ssh_host_rsa_key', 'ssh/ssh_host_*'],
    ['ssh', null],
    ['axb', null],
    ['x.d/y', '*.d'],
    ['.d', null],
  ] as const) {
    t.is(namingItem(items, place), item, place);
  }
});

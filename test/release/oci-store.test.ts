import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startRegistry } from '../../src/builder/bases/testing/start-registry.ts';
import { contentOfBytes } from '../../src/release/repository/content.ts';
import { readBytes } from '../../src/release/repository/read-bytes.ts';
import { ociStore } from '../../src/release/oci/oci-store.ts';
import { parseOciAddress } from '../../src/release/oci/oci-address.ts';

async function startStore(t: ExecutionContext) {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await mkdtempDisposable('/var/tmp/kubeos-oci-store-'));
  const rootdirectory = path.join(dir.path, 'blobs');
  const storage = { filesystem: { rootdirectory }, delete: { enabled: true } };
  const registry = stack.use(await startRegistry(dir.path, { storage }));
  t.teardown(async () => await stack.disposeAsync());
  return ociStore(parseOciAddress(`oci://${registry.address}/team/nodes`), undefined);
}

test('what is written is there with its bytes, and listed', async (t) => {
  const store = await startStore(t);
  const content = contentOfBytes(randomBytes(3 * 2 ** 20));
  const target = `targets/${content.sha256}.0123.image.zst`;
  await using session = await store.begin();
  t.deepEqual(await session.list(), []);
  t.is(await store.size(target), null);
  await session.write(target, content);
  await session.write('metadata/1.root.json', contentOfBytes(Buffer.from('{"root":1}')));
  t.is(await store.size(target), content.size);
  const found = await readBytes(store, target, content.size);
  t.deepEqual(Buffer.from(found ?? ''), Buffer.concat(await Array.fromAsync(content.open())));
  const listed = await session.list();
  t.deepEqual(listed.map((entry) => entry.path).toSorted(), ['metadata/1.root.json', target]);
});

test('a file that is there is never changed, only the timestamp is', async (t) => {
  const store = await startStore(t);
  await using session = await store.begin();
  const one = contentOfBytes(Buffer.from('one'));
  await session.write('metadata/1.root.json', one);
  await session.write('metadata/1.root.json', one);
  const other = contentOfBytes(Buffer.from('other'));
  await t.throwsAsync(session.write('metadata/1.root.json', other), { message: /another/ });
  await session.commit(Buffer.from('first'), null);
  await t.throwsAsync(session.commit(Buffer.from('second'), null), {
    message: /another publisher/,
  });
  await session.commit(Buffer.from('second'), Buffer.from('first'));
  const found = await readBytes(store, 'metadata/timestamp.json', 100);
  t.is(Buffer.from(found ?? '').toString(), 'second');
});

test('what was removed is gone', async (t) => {
  const store = await startStore(t);
  await using session = await store.begin();
  await session.write('metadata/1.root.json', contentOfBytes(Buffer.from('one')));
  await session.remove('metadata/1.root.json');
  await session.remove('metadata/1.root.json');
  t.is(await store.size('metadata/1.root.json'), null);
});

test('an address with a tag, with credentials or of something else is refused', (t) => {
  for (const address of [
    'oci://registry.example.com/nodes:latest',
    'oci://user:secret@registry.example.com/nodes',
    'oci://registry.example.com',
    'oci://registry.example.com/../x',
    'https://registry.example.com/nodes',
  ]) {
    t.throws(() => parseOciAddress(address), { code: 'USAGE' });
  }
  t.deepEqual(parseOciAddress('oci://r.example.com:5000/team/nodes'), {
    registry: 'r.example.com:5000',
    name: 'team/nodes',
  });
});

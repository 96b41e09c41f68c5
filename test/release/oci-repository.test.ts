import { mkdtempDisposable, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startRegistry } from '../../src/builder/bases/testing/start-registry.ts';
import { startTokenServer } from '../../src/builder/bases/testing/start-token-server.ts';
import { fetchToFile } from '../../src/release/fetch/fetch-to-file.ts';
import { parseOciAddress } from '../../src/release/oci/oci-address.ts';
import { ociStore } from '../../src/release/oci/oci-store.ts';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { setChannel } from '../../src/release/repository/set-channel.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import { makeTestRepository } from '../../src/release/repository/testing/test-repository.ts';

const LOGIN = 'somebody:secret';
const CREDENTIALS = Buffer.from(LOGIN).toString('base64');
const AT = new Date('2026-05-01T12:30:00Z');

async function startPrivateRegistry(t: ExecutionContext) {
  const stack = new AsyncDisposableStack();
  t.teardown(async () => await stack.disposeAsync());
  const dir = stack.use(await mkdtempDisposable('/var/tmp/kubeos-oci-repository-'));
  const rules = { publicName: 'public', login: LOGIN };
  const tokens = stack.use(await startTokenServer(dir.path, rules));
  const auth = { token: tokens.registryConfiguration };
  const registry = stack.use(await startRegistry(path.join(dir.path, 'registry'), { auth }));
  return { directory: dir.path, address: `oci://${registry.address}/team/nodes` };
}

test('what was pushed with credentials is fetched with a token, by channel', async (t) => {
  const { directory, address } = await startPrivateRegistry(t);
  const store = ociStore(parseOciAddress(address), CREDENTIALS);
  const publisher = await makeTestRepository(store);
  const release = await makeTestRelease(directory, '1.0.1');
  await publishRelease({ ...publisher, folder: release.folder, packs: [] });
  await setChannel({ ...publisher, channel: 'stable', release: release.digest });
  const output = path.join(directory, 'fetched.img');
  const request = {
    addresses: [address],
    trust: { kind: 'root', root: publisher.root, cache: null, now: AT, allowExpired: false },
    name: 'stable',
    output,
    base: null,
    signal: new AbortController().signal,
  } as const;
  const registryCredentials = async () => CREDENTIALS;
  const report = await fetchToFile({ ...request, options: { registryCredentials } });
  t.is(report.digest, release.digest);
  const raw = path.join(release.folder, 'root.img');
  t.true((await readFile(output)).equals(await readFile(raw)));
});

test('without credentials a private repository is refused, and says so', async (t) => {
  const { address } = await startPrivateRegistry(t);
  const store = ociStore(parseOciAddress(address), undefined);
  const error = await t.throwsAsync(store.size('metadata/1.root.json'), { code: 'NETWORK' });
  t.regex(error?.message ?? '', /answered 401/);
});

import { mkdtempDisposable } from 'node:fs/promises';
import test from 'ava';
import { makeCertificates, type Certificates } from './certificates.ts';
import { originOf, serveFiles, type Origin } from './origin.ts';
import { setting, type Setting } from './setting.ts';
import { fetchOnce } from './test-fetch.ts';
import { isImage } from './test-release.ts';
import { tunnelProxy } from './tunnel-proxy.ts';

interface TlsSetting extends AsyncDisposable {
  readonly given: Setting;
  readonly origin: Origin;
  readonly certificates: Certificates;
}

async function tlsSetting(asksForCertificate = false): Promise<TlsSetting> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await mkdtempDisposable('/var/tmp/kubeos-fetch-'));
  const certificates = await makeCertificates(dir.path);
  const given = stack.use(await setting(2));
  const { server, ca } = certificates;
  const asks = { ca, requestCert: asksForCertificate, rejectUnauthorized: asksForCertificate };
  const origin = stack.use(await originOf(serveFiles(given.repository), { ...server, ...asks }));
  const held = stack.move();
  const dispose = async (): Promise<void> => await held.disposeAsync();
  return { given, origin, certificates, [Symbol.asyncDispose]: dispose };
}

test('a server is trusted by the CA that is given', async (t) => {
  await using scene = await tlsSetting();
  const {
    given,
    origin,
    certificates: { ca },
  } = scene;
  await fetchOnce({ ...given, addresses: [origin.url], options: { tls: { ca } } });
  t.true(await isImage(given.output, given.release));
});

test('a server of an unknown CA is refused at once', async (t) => {
  await using scene = await tlsSetting();
  const { given, origin } = scene;
  const error = await t.throwsAsync(fetchOnce({ ...given, addresses: [origin.url] }), {
    code: 'NETWORK',
    message: /unable to verify|self.signed|issuer/,
  });
  t.regex(String(Reflect.get(error, 'hint')), /check the name/);
  t.is(origin.requests.length, 0);
});

test('a server that does not send the unknown CA is refused at once, too', async (t) => {
  await using scene = await tlsSetting();
  const { given, certificates } = scene;
  await using origin = await originOf(serveFiles(given.repository), certificates.server);
  const fetching = fetchOnce({ ...given, addresses: [origin.url] });
  const error = await t.throwsAsync(fetching, { code: 'NETWORK' });
  t.is(Reflect.get(error, 'failure'), 'refused');
});

test('a client shows its certificate to a server that asks for one', async (t) => {
  await using scene = await tlsSetting(true);
  const {
    given,
    origin,
    certificates: { ca, client },
  } = scene;
  const tls = { ca, ...client };
  await fetchOnce({ ...given, addresses: [origin.url], options: { tls } });
  t.true(await isImage(given.output, given.release));
});

test('without a certificate such a server does not answer', async (t) => {
  await using scene = await tlsSetting(true);
  const {
    given,
    origin,
    certificates: { ca },
  } = scene;
  const fetching = fetchOnce({ ...given, addresses: [origin.url], options: { tls: { ca } } });
  await t.throwsAsync(fetching, { code: 'NETWORK' });
});

test('a redirect to another host does not see the certificate', async (t) => {
  await using scene = await tlsSetting(true);
  const {
    given,
    origin: asking,
    certificates: { ca, client, server },
  } = scene;
  await using origin = await originOf((request, response) => {
    response.writeHead(302, { location: new URL(request.url ?? '', asking.url).href }).end();
  }, server);
  const tls = { ca, ...client };
  const fetching = fetchOnce({ ...given, addresses: [origin.url], options: { tls } });
  await t.throwsAsync(fetching, { code: 'NETWORK' });
  t.is(asking.requests.length, 0);
});

test('https goes through the proxy by CONNECT, and past it where NO_PROXY says so', async (t) => {
  await using scene = await tlsSetting();
  const {
    given,
    origin,
    certificates: { ca },
  } = scene;
  await using proxy = await tunnelProxy();
  const through = { tls: { ca }, proxy: { HTTPS_PROXY: proxy.url } };
  await fetchOnce({ ...given, addresses: [origin.url], options: through });
  t.deepEqual(proxy.requests, [`CONNECT ${new URL(origin.url).host}`]);
  const past = { tls: { ca }, proxy: { HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost' } };
  await fetchOnce({ ...given, addresses: [origin.url], options: past });
  t.is(proxy.requests.length, 1);
  t.true(await isImage(given.output, given.release));
});

test('NO_PROXY may name a subnet', async (t) => {
  await using given = await setting(2);
  await using origin = await originOf(serveFiles(given.repository));
  await using proxy = await tunnelProxy();
  const options = { proxy: { http_proxy: proxy.url, no_proxy: '10.0.0.0/8,127.0.0.0/8' } };
  await fetchOnce({ ...given, addresses: [origin.url], options });
  t.is(proxy.requests.length, 0);
});

test('http goes through the proxy by whole addresses', async (t) => {
  await using given = await setting(2);
  await using origin = await originOf(serveFiles(given.repository));
  await using proxy = await tunnelProxy();
  const options = { proxy: { http_proxy: proxy.url } };
  await fetchOnce({ ...given, addresses: [origin.url], options });
  t.true(await isImage(given.output, given.release));
  t.true(proxy.requests.every((line) => line.startsWith(`GET ${origin.url}targets/`)));
});

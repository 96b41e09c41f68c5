import { open, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { served, standbyOf, tarNode } from './tar-node.ts';

test('certificates come from the one folder only, and not by links', async (t) => {
  await using node = await tarNode();
  const asked = { ...(await served(node)), imageurl: 'https://localhost:1/kubeos.tar' };
  for (const name of ['../trust.json', '/etc/passwd', '.hidden', '..', 'a/b', 'a\0b', 'ä']) {
    t.throws(() => node.order({ ...asked, cacert: name }), { message: /without \\"\/\\"/ }, name);
  }
  const certs = path.join(node.directory, 'certs');
  await symlink('/etc/passwd', path.join(certs, 'link.pem'));
  const refused = async (name: string, message: RegExp): Promise<void> => {
    const order = node.order({ ...asked, cacert: name });
    await t.throwsAsync(node.agent.prepareTar(order).done, { code: 'REFUSED', message });
  };
  await refused('link.pem', /ELOOP/);
  await refused('missing.pem', /ENOENT/);
  await using long = await open(path.join(certs, 'long.pem'), 'w');
  await long.truncate(2 ** 20);
  await refused('long.pem', /longer than/);
  await rm(certs, { recursive: true });
  await symlink('/etc', certs);
  await refused('passwd', /by a link/);
  t.is((await standbyOf(node)).state, 'empty');
});

test('orders that do not hold together are refused with what to do', async (t) => {
  await using node = await tarNode();
  const asked = { checksum: 'a'.repeat(64), imageurl: 'https://images.example/kubeos.tar' };
  const refused = (change: object, message: RegExp): void => {
    t.throws(() => node.order({ ...asked, ...change }), { message });
  };
  refused({ imageurl: 'http://images.example/kubeos.tar' }, /only with flagSafe/);
  refused({ imageurl: 'ftp://images.example/x' }, /begins with https/);
  refused({ imageurl: 'https://user:secret@images.example/x' }, /without user and password/);
  refused({ mtls: true, cacert: 'ca' }, /needs clientcert and clientkey too/);
  refused({ clientcert: 'c', clientkey: 'k' }, /for mtls: true/);
  refused(
    {
      flagSafe: true,
      mtls: true,
      imageurl: 'http://x/',
      cacert: 'a',
      clientcert: 'b',
      clientkey: 'c',
    },
    /with https/,
  );
  refused({ checksum: 'abc' }, /64 hexadecimal/);
  refused({ imagetype: 'docker', containerimage: 'x' }, /docker cp ID:\/os\.tar/);
  refused({ imagetype: 'containerd' }, /os\.tar/);
  refused({ version: "it's" }, /no quotes/);
  refused({ unknown: 1 }, /Unrecognized key/);
  t.notThrows(() =>
    node.order({ ...asked, cacert: '', clientcert: '', clientkey: '', containerimage: '' }),
  );
});

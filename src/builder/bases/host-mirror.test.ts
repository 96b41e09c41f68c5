import test from 'ava';
import { hostMirrors } from './host-mirror.ts';

const DEB822 = `Types: deb
# snapshot of a day
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

const main = { components: ['main'], suites: ['trixie', 'trixie-updates'] };
const security = { components: ['main'], suites: ['trixie-security'] };

test('takes the main and the security mirror from deb822 sources, whatever release they name', (t) => {
  const files = [{ path: '/etc/apt/sources.list.d/debian.sources', text: DEB822 }];
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  t.deepEqual(hostMirrors(files, 'trixie'), [
    { ...main, uri: 'http://mirror.example/debian', keyring },
    { ...security, uri: 'http://mirror.example/debian-security' },
  ]);
});

test('takes them from one-line sources with options', (t) => {
  const text = `# deb http://old.example/debian trixie main
deb-src http://src.example/debian trixie main
deb [arch=amd64 signed-by=/etc/own.gpg] https://one.example/debian trixie main contrib
deb https://one.example/security trixie-security main`;
  t.deepEqual(hostMirrors([{ path: '/etc/apt/sources.list', text }], 'trixie'), [
    { ...main, uri: 'https://one.example/debian', keyring: '/etc/own.gpg' },
    { ...security, uri: 'https://one.example/security' },
  ]);
});

test('follows the mirror lists of cloud images', (t) => {
  const sources = `Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: trixie trixie-updates
Components: main`;
  const files = [
    { path: '/etc/apt/sources.list.d/debian.sources', text: sources },
    {
      path: '/etc/apt/mirrors/debian.list',
      text: '# near\nhttps://near.example/debian\tpriority:1\n',
    },
  ];
  t.deepEqual(hostMirrors(files, 'trixie'), [{ ...main, uri: 'https://near.example/debian' }]);
});

test('passes over vendors, other distributions, disabled entries and media', (t) => {
  const files = [
    {
      path: '/etc/apt/sources.list.d/vendor.list',
      text: 'deb https://vendor.example/apt tool main',
    },
    {
      path: '/etc/apt/sources.list.d/ubuntu.list',
      text: 'deb http://ubuntu.example/ubuntu noble main',
    },
    { path: '/etc/apt/sources.list', text: 'deb cdrom:[Debian]/ trixie main' },
    { path: '/etc/apt/sources.list.d/off.sources', text: `Enabled: no\n${DEB822.slice(0, 120)}` },
  ];
  t.deepEqual(hostMirrors(files, 'trixie'), []);
});

test('unstable has no updates and no security suite', (t) => {
  const files = [{ path: '/etc/apt/sources.list', text: 'deb http://one.example/debian sid main' }];
  t.deepEqual(hostMirrors(files, 'sid'), [
    { uri: 'http://one.example/debian', suites: ['sid'], components: ['main'] },
  ]);
});

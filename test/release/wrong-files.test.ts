import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';

const KUBEOS = fileURLToPath(new URL('../../bin/kubeos.ts', import.meta.url));

test('a file that is not there is told with what to do, and never as a bug', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-wrong-');
  const env = { KUBEOS_PASSPHRASE: 'correct horse battery staple' };
  const kubeos = async (args: string) =>
    await execa(process.execPath, [KUBEOS, ...args.split(' ')], {
      cwd: dir.path,
      env,
      reject: false,
    });
  t.is((await kubeos('repository init repo')).exitCode, 0);
  await writeFile(path.join(dir.path, 'file'), '');
  await mkdir(path.join(dir.path, 'empty'));
  const wrong: Readonly<Record<string, number>> = {
    'repository rotate repo timestamp --key none.pub': 2,
    'repository rotate repo timestamp --key file': 2,
    'repository sign none.json --key keys/root-1.key': 2,
    'repository key other --passphrase-file none': 2,
    'repository init file': 2,
    'repository init file/below': 2,
    'repository list file': 6,
    'publish none --to repo': 6,
    'publish empty --to repo --work-directory new': 6,
    'serve none': 2,
    'serve file': 2,
    'serve repo --listen 127.0.0.1:0 --upload-token none': 2,
  };
  for (const [args, expected] of Object.entries(wrong)) {
    const { exitCode, stderr } = await kubeos(args);
    t.is(exitCode, expected, `${args}: ${stderr}`);
    t.regex(stderr, /^kubeos: (?!this is a bug).*\n→ /, args);
  }
});

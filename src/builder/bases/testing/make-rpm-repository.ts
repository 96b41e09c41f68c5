import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Commands } from '../../../host/commands.ts';

const SPECS = fileURLToPath(new URL('../../../../fixtures/bases/rpm', import.meta.url));
const NAMES = ['accounts', 'capable', 'kernel-core', 'node-set', 'extra'] as const;

/** A repository of RPM packages made from fixtures/bases/rpm. */
export interface TestRepository {
  readonly directory: string;
  /** The package's file. */
  rpm(name: string): string;
  sign(name: string, by: 'owner' | 'other' | 'nobody'): Promise<void>;
  index(): Promise<void>;
  copyTo(directory: string): Promise<TestRepository>;
}

export interface RpmWorkshop extends AsyncDisposable {
  readonly repository: TestRepository;
  /** Armored public keys: of who signed the packages, and of somebody else. */
  readonly keys: { readonly owner: string; readonly other: string };
}

export async function openRpmWorkshop(directory: string, commands: Commands): Promise<RpmWorkshop> {
  const home = path.join(directory, 'gnupg');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const environment = { GNUPGHOME: home, HOME: directory, SOURCE_DATE_EPOCH: '1600000000' };
  const run: Run = async (tool, ...args) => void (await commands.run({ tool, args, environment }));
  const keys = {
    owner: path.join(directory, 'owner.asc'),
    other: path.join(directory, 'other.asc'),
  };
  for (const [who, file] of Object.entries(keys)) await makeKey(who, file, run);
  const repository = repositoryAt(path.join(directory, 'repository'), run);
  await buildPackages(directory, repository.directory, run);
  for (const name of NAMES) await repository.sign(name, 'owner');
  await repository.index();
  return {
    repository,
    keys,
    [Symbol.asyncDispose]: async () => await run('gpgconf', '--kill', 'all'),
  };
}

function repositoryAt(directory: string, run: Run): TestRepository {
  const rpm = (name: string): string => path.join(directory, `Packages/${name}.rpm`);
  return {
    ...{ directory, rpm },
    async sign(name, by) {
      const gpg = ['--define', `_gpg_name ${by}@example.org`, '--define', '__gpg /usr/bin/gpg'];
      const args = by === 'nobody' ? ['--delsign'] : ['--resign', ...gpg];
      await run('rpmsign', ...args, rpm(name));
    },
    index: async () => await run('createrepo_c', '--quiet', directory),
    async copyTo(copy) {
      await cp(directory, copy, { recursive: true, preserveTimestamps: true });
      return repositoryAt(copy, run);
    },
  };
}

type Run = (tool: string, ...args: readonly string[]) => Promise<void>;

async function makeKey(who: string, file: string, run: Run): Promise<void> {
  const quiet = ['--batch', '--quiet', '--passphrase', ''];
  await run(
    'gpg',
    ...quiet,
    '--quick-generate-key',
    `${who} <${who}@example.org>`,
    'rsa2048',
    'sign',
    '0',
  );
  await run('gpg', '--armor', '--output', file, '--export', `${who}@example.org`);
}

async function buildPackages(directory: string, repository: string, run: Run): Promise<void> {
  const defines = [
    `_topdir ${directory}/build`,
    `_rpmdir ${repository}/Packages`,
    '_rpmfilename %%{NAME}.rpm',
    '_build_id_links none',
    'clamp_mtime_to_source_date_epoch 1',
  ].flatMap((define) => ['--define', define]);
  const specs = NAMES.map((name) => path.join(SPECS, `${name}.spec`));
  await run('rpmbuild', '-bb', '--quiet', ...defines, ...specs);
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { compareText } from '../inventory/compare-text.ts';
import { parseStanzas } from '../inventory/parse-stanzas.ts';
import { aptGet, makeAptRoot } from './apt-root.ts';
import { parsePrintUris } from './parse-print-uris.ts';
import type { Command, Commands } from '../../host/commands.ts';
import type { AptRoot } from './apt-root.ts';
import type { LockedAptBase, LockedAptPackage, LockedAptSource } from './lock-schema.ts';
import type { PrintedPackage } from './parse-print-uris.ts';

export interface AptRequest extends AptRoot {
  readonly suite: string;
  readonly packages: readonly string[];
}

/**
 * What apt would install now, without installing it: every Essential package of the suite, the asked ones
 * and what they depend on (no Recommends), with size and SHA-256 from the archive's signed index.
 * @throws KubeosError DEFINITION_INVALID for a package that is not there or cannot be installed, NETWORK
 */
export async function resolveApt(request: AptRequest, commands: Commands): Promise<LockedAptBase> {
  await makeAptRoot(request);
  const { update, listIndexes, printUris } = resolveAptCommands(request);
  await commands.run(update).catch(throwAsNetworkFailure);
  const sources = await observeSources(request, (await commands.run(listIndexes)).stdout);
  const printed = await commands.run(printUris).catch(throwAsUnsolvable);
  return {
    type: 'apt',
    suite: request.suite,
    sources: [...sources],
    requested: request.packages.toSorted(compareText),
    packages: parsePrintUris(printed.stdout)
      .map((one) => lockPackage(one, sources))
      .toSorted((a, b) => compareText(a.name, b.name) || compareText(a.arch, b.arch)),
  };
}

export function resolveAptCommands({
  directory,
  suite,
  packages,
}: Pick<AptRequest, 'directory' | 'suite' | 'packages'>): Record<
  'update' | 'listIndexes' | 'printUris',
  Command
> {
  const wanted = [essentialPattern(suite), ...packages];
  return {
    update: aptGet(directory, ['update']),
    listIndexes: aptGet(directory, LIST_INDEXES),
    printUris: aptGet(directory, ['install', '--print-uris', '-q', '--', ...wanted]),
  };
}

const LIST_INDEXES = [
  'indextargets',
  '--format',
  '$(REPO_URI)\t$(RELEASE)\t$(METAKEY)\t$(FILENAME)',
  'Created-By: Packages',
] as const;

/** The pattern by which mmdebstrap chooses its Essential packages; apt-patterns(7). */
function essentialPattern(suite: string): string {
  return `?narrow(?or(?archive(^${suite}$),?codename(^${suite}$)),?essential)`;
}

async function observeSources(
  request: AptRequest,
  indexes: string,
): Promise<readonly LockedAptSource[]> {
  const files = new Map(
    indexes
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([uri = '', suite = '', metaKey = '', file = '']) => [
        `${uri.replace(/\/+$/, '')} ${suite}`,
        file.slice(0, -metaKey.length),
      ]),
  );
  const entries = request.sources.flatMap(({ uri, suites, components }) =>
    suites.map(async (suite) => {
      const prefix = files.get(`${uri.replace(/\/+$/, '')} ${suite}`);
      return { uri, suite, components, ...(await observeRelease(prefix ?? '', suite)) };
    }),
  );
  return await Promise.all(entries);
}

/** apt keeps the signed index beside the package lists, as InRelease or, detached, as Release. */
async function observeRelease(
  prefix: string,
  suite: string,
): Promise<{ readonly date: string; readonly sha256: string }> {
  const bytes = await readFile(`${prefix}InRelease`).catch(async () => {
    return await readFile(`${prefix}Release`);
  });
  const stanzas = parseStanzas(bytes.toString('utf8'));
  const text = stanzas.find((stanza) => stanza.has('Date'))?.get('Date') ?? '';
  const time = Date.parse(text);
  if (!Number.isInteger(time)) {
    throw new KubeosError('NETWORK', `the signed index of ${suite} has no date: "${text}"`);
  }
  const date = new Date(time).toISOString().replace('.000Z', 'Z');
  return { date, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function lockPackage(one: PrintedPackage, sources: readonly LockedAptSource[]): LockedAptPackage {
  const { uri, name, version, arch, size, sha256 } = one;
  const base = (index: number): string => `${sources[index]?.uri.replace(/\/+$/, '') ?? ''}/`;
  const source = sources.findIndex((_, index) => uri.startsWith(base(index)));
  if (source < 0) throw new KubeosError('COMMAND_FAILED', `${uri} belongs to no source`);
  const file = decodeURIComponent(uri.slice(base(source).length));
  return { name, version, arch, size, sha256, file, source };
}

function throwAsNetworkFailure(error: unknown): never {
  if (!(error instanceof KubeosError) || error.code !== 'COMMAND_FAILED') throw error;
  throw new KubeosError('NETWORK', `cannot read the package lists\n${aptErrors(error.message)}`, {
    cause: error,
    hint: /is expired/.test(error.message)
      ? 'take a mirror that is kept up to date; for a frozen one write checkValidUntil: false into its entry of base.sources'
      : 'check base.sources, the network and, for a keyring error, base.sources[].keyring',
  });
}

function throwAsUnsolvable(error: unknown): never {
  if (!(error instanceof KubeosError) || error.code !== 'COMMAND_FAILED') throw error;
  throw new KubeosError('DEFINITION_INVALID', `cannot install\n${aptErrors(error.message)}`, {
    cause: error,
    hint: 'correct `packages`, or add the source that has them under base.sources',
  });
}

/** apt's own lines of trouble, or all that it said when there are none. */
function aptErrors(message: string): string {
  const lines = message.split('\n').filter((line) => /^(?:[EW]: | \S+ : | {2,}\S)/.test(line));
  return lines.length > 0 ? lines.join('\n') : message;
}

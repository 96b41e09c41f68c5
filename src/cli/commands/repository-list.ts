import { z } from 'zod';
import { listReleases, type ReleaseEntry } from '../../release/repository/list-releases.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { formatBytes } from '../release/format-bytes.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object(publisherArguments);

/** `kubeos repository list`: what is published, the newest first. */
export const runRepositoryList: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const releases = await asPublisher(options, context, listReleases);
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'ReleaseList', releases };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : asTable(releases));
  return 0;
};

function asTable(releases: readonly ReleaseEntry[]): string {
  if (releases.length === 0) return 'nothing is published yet\n';
  return releases.toReversed().map(asLine).join('');
}

function asLine(release: ReleaseEntry): string {
  const { digest, channels, isHalted, imageBytes, deltas } = release;
  const marks = [...channels, ...(isHalted ? ['HALTED'] : [])].join(' ');
  const size = formatBytes(imageBytes);
  const called = release.isHere
    ? [`${release.name} ${release.version}`, release.arch]
    : ['not here'];
  const words = [...called, digest.slice(0, 'sha256:'.length + 12), size];
  return `${[...words, `${deltas.length} delta packs`, marks].join('  ').trimEnd()}\n`;
}

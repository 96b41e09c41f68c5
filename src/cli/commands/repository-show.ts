import { z } from 'zod';
import { showRelease, type ShownRelease } from '../../release/repository/show-release.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { formatBytes } from '../release/format-bytes.ts';
import { plainLine } from '../rollout/plain-text.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object({ ...publisherArguments, release: z.string() });

/** `kubeos repository show`: all about one release. */
export const runRepositoryShow: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const shown = await asPublisher(
    options,
    context,
    async (publisher) => await showRelease(publisher, options.release),
  );
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'Release', ...shown };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : asText(shown));
  return 0;
};

function asText(release: ShownRelease): string {
  const { digest, name, version, arch, epoch, created, channels, manifest, deltas } = release;
  const { isHalted, haltReason } = release;
  const rows = [
    ['release', digest],
    ['name', `${name} ${version} (${arch}, epoch ${epoch})`],
    ['created', new Date(created * 1000).toISOString()],
    ['channels', channels.join(' ') || 'none'],
    ...(isHalted
      ? [['halted', plainLine(haltReason ?? 'for no reason that can be read here')]]
      : []),
    [
      'image',
      `${formatBytes(manifest.image.size)} ${manifest.image.fileSystem}, ${formatBytes(manifest.full.size)} compressed`,
    ],
    ['arguments', manifest.kernelArguments.join(' ')],
    ...deltas.map((delta) => ['delta pack', `${formatBytes(delta.bytes)} from ${delta.base}`]),
  ];
  return rows.map(([label = '', value = '']) => `${label.padEnd(11)} ${value}\n`).join('');
}

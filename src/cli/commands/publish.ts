import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { z } from 'zod';
import { makeDeltas, type MadeDelta } from '../../release/deltas/make-deltas.ts';
import { publishRelease, type PublishedRelease } from '../../release/repository/publish-release.ts';
import type { Publisher } from '../../release/repository/publisher.ts';
import { assertChannel, setChannel } from '../../release/repository/set-channel.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { formatBytes } from '../release/format-bytes.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const { repository: _, ...access } = publisherArguments;

const argumentsSchema = z.object({
  release: z.string(),
  to: z.string(),
  ...access,
  channel: z.array(z.string()).default([]),
  bases: z.int().min(0).max(20).default(3),
  deltaLevel: z.int().min(1).max(19).optional(),
  workDirectory: z.string().optional(),
  quiet: z.boolean(),
});

type Options = z.infer<typeof argumentsSchema>;

/** `kubeos publish`: delta packs, then the release and its packs into a repository, then channels that lead to it. */
export const runPublishCommand: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  // Before the release is there for everybody.
  for (const channel of options.channel) assertChannel(channel);
  return await asPublisher({ ...options, repository: options.to }, context, async (publisher) => {
    const { workDirectory = tmpdir() } = options;
    await mkdir(workDirectory, { recursive: true });
    await using work = await mkdtempDisposable(path.join(workDirectory, 'kubeos-publish-'));
    const deltas = await makeDeltas(deltasRequest(publisher, work.path, { options, context }));
    const packs = deltas.map(({ file }) => file).filter((file) => file !== null);
    const published = await publishRelease({ ...publisher, folder: options.release, packs });
    for (const channel of options.channel) {
      await setChannel({ ...publisher, channel, release: published.digest });
    }
    show({ options, context, deltas, published });
    return 0;
  });
};

function deltasRequest(
  publisher: Publisher,
  workDirectory: string,
  { options, context }: { readonly options: Options; readonly context: CliContext },
): Parameters<typeof makeDeltas>[0] {
  const { release: folder, bases, deltaLevel, quiet, json } = options;
  const report = (line: string): void => {
    if (json) context.stderr.write(`${JSON.stringify({ event: 'progress', line })}\n`);
    else if (!quiet) context.stderr.write(`› delta pack ${line}\n`);
  };
  const parameters = deltaLevel === undefined ? {} : { level: deltaLevel };
  return { ...publisher, folder, bases, workDirectory, parameters, report, signal: context.signal };
}

interface Shown {
  readonly options: Options;
  readonly context: CliContext;
  readonly deltas: readonly MadeDelta[];
  readonly published: PublishedRelease;
}

function show({ options, context, deltas, published }: Shown): void {
  const { digest, isChanged } = published;
  const packs = deltas.map(({ base, version, bytes, file }) => {
    return { base, version, bytes, isPublished: file !== null };
  });
  if (options.json) {
    const result = { apiVersion: 'cli.kubeos/v1', kind: 'PublishResult', digest, isChanged, packs };
    context.stdout.write(`${JSON.stringify({ ...result, channels: options.channel })}\n`);
    return;
  }
  const lines = packs.map(({ version, bytes, isPublished }) => {
    const size = formatBytes(bytes);
    return `  delta pack from ${version}  ${size}${isPublished ? '' : '  not published: too large'}\n`;
  });
  const state = isChanged ? '' : '  (was published already)';
  const channels = options.channel.map((channel) => `  channel ${channel}\n`);
  context.stdout.write([`${digest}${state}\n`, ...lines, ...channels].join(''));
}

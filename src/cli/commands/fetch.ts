import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import {
  fetchToFile,
  type FetchFileReport,
  type Trust,
} from '../../release/fetch/fetch-to-file.ts';
import type { FetchProgress } from '../../release/fetch/fetch-release.ts';
import type { TlsFiles } from '../../release/fetch/http-agents.ts';
import type { SourceOptions } from '../../release/fetch/open-source.ts';
import { loadCredentials } from '../../release/oci/registry-credentials.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { dockerConfigFile } from '../release/docker-config-file.ts';
import { formatBytes } from '../release/format-bytes.ts';
import { readGiven } from '../release/read-given.ts';

const argumentsSchema = z.object({
  repository: z.string(),
  release: z.string(),
  output: z.string({ error: 'name the file or block device to write' }),
  base: z.string().optional(),
  mirror: z.array(z.string()).optional(),
  root: z.string().optional(),
  cache: z.string().optional(),
  allowUnsigned: z.boolean(),
  allowExpired: z.boolean(),
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  maxTransferBytes: z.int().min(1).optional(),
  maxBytesPerSecond: z.int().min(1).optional(),
  timeout: z.number().min(1).max(2_000_000).optional(),
  json: z.boolean(),
  quiet: z.boolean(),
});

type FetchOptions = z.infer<typeof argumentsSchema>;

/** `kubeos fetch`: the root image of a release into a file or block device, verified. */
export const runFetchCommand: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { repository, mirror = [], release, output, base, timeout, json } = options;
  const report = await fetchToFile({
    addresses: [repository, ...mirror],
    options: await sourceOptions(options),
    trust: await trustOf(options),
    name: release,
    output,
    base: base ?? null,
    ...(timeout === undefined ? {} : { maxDurationMs: timeout * 1000 }),
    signal: context.signal,
    onProgress: progressLines(options, context),
  });
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'FetchReport', report };
  context.stdout.write(json ? `${JSON.stringify(result)}\n` : inWords(report, output));
  return 0;
};

async function sourceOptions(options: FetchOptions): Promise<SourceOptions> {
  const { maxTransferBytes, maxBytesPerSecond } = options;
  return {
    tls: await tlsFiles(options),
    proxy: process.env,
    registryCredentials: async (registry) => await loadCredentials(dockerConfigFile(), registry),
    ...(maxTransferBytes === undefined ? {} : { maxTransferBytes }),
    ...(maxBytesPerSecond === undefined ? {} : { bytesPerSecond: maxBytesPerSecond }),
    // A secret stands in no argument, which everyone on the host can read.
    ...(process.env['KUBEOS_AUTHORIZATION'] === undefined
      ? {}
      : { authorization: process.env['KUBEOS_AUTHORIZATION'] }),
  };
}

async function tlsFiles({ ca, cert, key }: FetchOptions): Promise<TlsFiles> {
  return {
    ...(ca === undefined ? {} : { ca: await readGiven('ca', ca) }),
    ...(cert === undefined ? {} : { cert: await readGiven('cert', cert) }),
    ...(key === undefined ? {} : { key: await readGiven('key', key) }),
  };
}

async function trustOf({ root, cache, allowUnsigned, allowExpired }: FetchOptions): Promise<Trust> {
  if (root !== undefined) {
    const bytes = await readGiven('root', root);
    return { kind: 'root', root: bytes, cache: cache ?? null, now: new Date(), allowExpired };
  }
  if (allowUnsigned) return { kind: 'digest' };
  throw new KubeosError('USAGE', 'nothing says what to trust', {
    hint: 'give the root.json of the repository with --root, or a digest with --allow-unsigned',
  });
}

/** A line for each tenth, because a pipe or CI keeps every line. */
function progressLines(
  { json, quiet }: FetchOptions,
  { stderr }: CliContext,
): (progress: FetchProgress) => void {
  let tenths = 0;
  return ({ blocks, blocksDone, bytesTransferred }) => {
    const now = Math.floor((10 * blocksDone) / blocks);
    if (quiet || now <= tenths) return;
    tenths = now;
    const event = { event: 'progress', blocks, blocksDone, bytesTransferred };
    stderr.write(json ? `${JSON.stringify(event)}\n` : `${now * 10} %\n`);
  };
}

function inWords(report: FetchFileReport, output: string): string {
  const { version, digest, bytesTransferred, blocks, blocksWritten, how } = report;
  return [
    `${output}: ${version} ${digest}`,
    `${formatBytes(bytesTransferred)} fetched in ${report.requests} requests (${how}); ${blocksWritten} of ${blocks} blocks written\n`,
  ].join('\n');
}

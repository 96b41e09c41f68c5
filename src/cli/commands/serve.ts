import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { renderAccess } from '../../release/serve/access-log.ts';
import { DEFAULT_LIMITS, type ServeLimits } from '../../release/serve/serve-limits.ts';
import { serveRepository, type ServeOptions } from '../../release/serve/serve-repository.ts';
import type { CommandRun } from '../command-spec.ts';
import { parseListen } from '../parse-listen.ts';
import { readArguments } from '../read-arguments.ts';
import { renderError } from '../render-error.ts';

const GIB = 2 ** 30;
const seconds = z.number().positive().max(86_400);

const argumentsSchema = z.object({
  directory: z.string(),
  json: z.boolean(),
  listen: z.string(),
  metricsListen: z.string().optional(),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
  clientCa: z.string().optional(),
  anonymousRead: z.boolean(),
  uploadToken: z.string().optional(),
  uploadClient: z.array(z.string()).default([]),
  uploadWithoutTls: z.boolean(),
  trustedRoot: z.string().optional(),
  upstream: z.array(z.string()).default([]),
  upstreamCa: z.string().optional(),
  upstreamCertificate: z.string().optional(),
  upstreamKey: z.string().optional(),
  cacheSize: z.number().positive(),
  freshSeconds: z.number().min(0).max(86_400),
  accessLog: z.enum(['text', 'json', 'off']),
  maxConnections: z.int().min(2).max(1_000_000),
  clientRate: z.int().min(65_536).optional(),
  idleSeconds: seconds,
  headerSeconds: seconds,
  stopSeconds: z.number().min(0).max(86_400),
  maxUploadSize: z.number().positive(),
});

type Arguments = z.infer<typeof argumentsSchema>;

/** `kubeos serve`: an image server, until it is told to stop. */
export const runServeCommand: CommandRun = async (args, { signal, stdout, stderr }) => {
  const given = readArguments(argumentsSchema, args);
  const options = await serveOptions(given);
  const format = given.json && given.accessLog === 'text' ? 'json' : given.accessLog;
  await using served = await serveRepository(options, {
    logAccess: (entry) => {
      if (format !== 'off') stdout.write(`${renderAccess(entry, format)}\n`);
    },
    reportFault: (error) => stderr.write(`${renderError(error)}\n`),
  });
  const scheme = options.tls === null ? 'http' : 'https';
  const url = `${scheme}://${hostPort(served.address)}/`;
  const metrics = served.metricsAddress;
  const metricsUrl = metrics === null ? null : `http://${hostPort(metrics)}/metrics`;
  const ready = { event: 'serving', directory: given.directory, url, metricsUrl };
  const measured = metricsUrl === null ? '' : `, metrics at ${metricsUrl}`;
  const text = `Serving ${given.directory} at ${url}${measured}`;
  stderr.write(`${given.json ? JSON.stringify(ready) : text}\n`);
  await stopped(signal);
  return 0;
};

/** @throws KubeosError USAGE for options that do not fit together */
async function serveOptions(given: Arguments): Promise<ServeOptions> {
  const listen = parseListen('--listen', given.listen);
  const options: ServeOptions = {
    directory: given.directory,
    listen,
    metricsListen:
      given.metricsListen === undefined
        ? null
        : parseListen('--metrics-listen', given.metricsListen),
    tls: tlsOf(given),
    limits: limitsOf(given),
    upload: uploadOf(given),
    cache: await cacheOf(given),
  };
  if (options.upload !== null && options.cache !== null) {
    throw usage('a cache takes no uploads', 'publish to the first server of --upstream');
  }
  const isSafe = options.tls !== null || given.uploadWithoutTls || isLoopback(listen.host);
  if (options.upload !== null && !isSafe) {
    throw usage(
      'uploads without TLS would show the token to the network',
      'give --certificate and --private-key, or --upload-without-tls where a proxy in front has TLS',
    );
  }
  return options;
}

function tlsOf({
  certificate,
  privateKey,
  clientCa,
  anonymousRead,
}: Arguments): ServeOptions['tls'] {
  if (certificate !== undefined && privateKey !== undefined) {
    return {
      certificate,
      key: privateKey,
      clientAuthority: clientCa ?? null,
      isReadAnonymous: anonymousRead,
    };
  }
  if (certificate === undefined && privateKey === undefined && clientCa === undefined) return null;
  throw usage(
    'TLS needs a certificate and its key',
    'give --certificate and --private-key together; --client-ca is for TLS only',
  );
}

function uploadOf(given: Arguments): ServeOptions['upload'] {
  const { uploadToken, uploadClient, trustedRoot, clientCa } = given;
  if (uploadToken === undefined && uploadClient.length === 0) return null;
  if (uploadClient.length > 0 && clientCa === undefined) {
    throw usage('--upload-client needs --client-ca', 'give the authority of client certificates');
  }
  return {
    rights: { tokenFile: uploadToken ?? null, certificateNames: uploadClient },
    rootFile: trustedRoot ?? null,
  };
}

async function cacheOf(given: Arguments): Promise<ServeOptions['cache']> {
  const [first, ...others] = given.upstream.map(parseUpstream);
  if (first === undefined) return null;
  return {
    upstreams: [first, ...others],
    tls: {
      ...(await fileAs('ca', given.upstreamCa)),
      ...(await fileAs('cert', given.upstreamCertificate)),
      ...(await fileAs('key', given.upstreamKey)),
    },
    proxy: process.env,
    limitBytes: given.cacheSize * GIB,
    freshMs: given.freshSeconds * 1000,
  };
}

function parseUpstream(address: string): URL {
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw usage(`--upstream ${address} is no address`, 'https://HOST/PATH of a repository');
}

async function fileAs(
  name: 'ca' | 'cert' | 'key',
  file: string | undefined,
): Promise<Partial<Record<typeof name, Buffer>>> {
  if (file === undefined) return {};
  try {
    return { [name]: await readFile(file) };
  } catch (cause) {
    throw new KubeosError('USAGE', `${file} cannot be read: ${String(cause)}`, { cause });
  }
}

function limitsOf(given: Arguments): ServeLimits {
  const { maxConnections, clientRate, idleSeconds, headerSeconds, stopSeconds } = given;
  return {
    ...DEFAULT_LIMITS,
    connections: maxConnections,
    clientBytesPerSecond: clientRate ?? null,
    idleMs: idleSeconds * 1000,
    headerMs: headerSeconds * 1000,
    stopMs: stopSeconds * 1000,
    upload: { ...DEFAULT_LIMITS.upload, fileBytes: given.maxUploadSize * GIB },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function hostPort({ host, port }: ServeOptions['listen']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function usage(message: string, hint: string): KubeosError {
  return new KubeosError('USAGE', message, { hint });
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

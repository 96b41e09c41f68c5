import type { AccessEntry } from './access-log.ts';
import { directoryContents } from './directory-contents.ts';
import type { FindContent } from './content.ts';
import type { ListenAddress } from './listen.ts';
import type { ServeLimits } from './serve-limits.ts';
import { serveMetrics, type ServeMetrics } from './serve-metrics.ts';
import { startImageServer } from './start-image-server.ts';
import { startMetricsServer } from './start-metrics-server.ts';
import { loadTls, renewTls, type TlsFiles } from './tls-files.ts';
import { openUploads, type UploadOptions } from './upload/open-uploads.ts';
import { pullThrough, type PullThroughOptions } from './upstream/pull-through.ts';

export interface ServeOptions {
  readonly directory: string;
  readonly listen: ListenAddress;
  /** null: no metrics. */
  readonly metricsListen: ListenAddress | null;
  /** null: plain HTTP. */
  readonly tls: TlsFiles | null;
  readonly limits: ServeLimits;
  /** null: read only. */
  readonly upload: UploadOptions | null;
  /** null: the directory is the repository. */
  readonly cache: Omit<PullThroughOptions, 'directory' | 'metrics'> | null;
}

export interface ServeEffects {
  readonly logAccess: (entry: AccessEntry) => void;
  /** What is wrong with this server, and not with a request. */
  readonly reportFault: (error: unknown) => void;
}

export interface ServedRepository extends AsyncDisposable {
  readonly address: ListenAddress;
  readonly metricsAddress: ListenAddress | null;
}

/**
 * `kubeos serve`. Disposing stops it gracefully.
 *
 * @throws KubeosError USAGE for a directory, address or file that cannot be used
 */
export async function serveRepository(
  options: ServeOptions,
  effects: ServeEffects,
): Promise<ServedRepository> {
  await using opened = new AsyncDisposableStack();
  const metrics = serveMetrics();
  const { directory, limits, upload, tls, metricsListen } = options;
  let isStopping = (): boolean => false;
  // Opened first, so that it ends last: a stopping server is seen to stop.
  const metricsServer =
    metricsListen === null
      ? null
      : opened.use(await startMetricsServer(metricsListen, metrics, () => isStopping()));
  const find = await openContents(options, { opened, metrics });
  const uploads =
    upload === null
      ? null
      : opened.use(await openUploads({ ...upload, directory, limits, metrics, ...effects }));
  const server = opened.use(
    await startImageServer({
      listen: options.listen,
      tls: tls === null ? null : await loadTls(tls),
      find,
      upload: uploads?.answer ?? null,
      limits,
      metrics,
      ...effects,
    }),
  );
  isStopping = server.isStopping;
  if (tls !== null) opened.use(renewTls(tls, server.renewTls, effects));
  const running = opened.move();
  return {
    address: server.address,
    metricsAddress: metricsServer?.address ?? null,
    [Symbol.asyncDispose]: async () => await running.disposeAsync(),
  };
}

async function openContents(
  { directory, cache }: ServeOptions,
  { opened, metrics }: { readonly opened: AsyncDisposableStack; readonly metrics: ServeMetrics },
): Promise<FindContent> {
  const contents =
    cache === null
      ? await directoryContents(directory)
      : await pullThrough({ ...cache, directory, metrics });
  return opened.use(contents).find;
}

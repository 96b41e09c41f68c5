import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { KubeosError } from '../../errors.ts';
import type { TlsSettings } from './start-image-server.ts';

/** PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority of client certificates; null where none are asked for. */
  readonly clientAuthority: string | null;
  /** Clients may read without a certificate; who uploads with one still needs it. */
  readonly isReadAnonymous: boolean;
}

/** @throws KubeosError USAGE for files that cannot be used */
export async function loadTls(files: TlsFiles): Promise<TlsSettings> {
  const { clientAuthority, isReadAnonymous } = files;
  const asked = isReadAnonymous ? 'asked' : 'required';
  return {
    context: await loadContext(files),
    clientCertificates: clientAuthority === null ? 'none' : asked,
  };
}

async function loadContext({
  certificate,
  key,
  clientAuthority,
}: TlsFiles): Promise<SecureContextOptions> {
  try {
    const context = {
      cert: await readFile(certificate),
      key: await readFile(key),
      ...(clientAuthority === null ? {} : { ca: await readFile(clientAuthority) }),
    };
    createSecureContext(context);
    return context;
  } catch (cause) {
    throw new KubeosError('USAGE', `certificate and key cannot be used: ${String(cause)}`, {
      cause,
      hint: `${certificate} and ${key} have to be PEM files that belong together`,
    });
  }
}

const RENEW_MS = 30_000;

/**
 * Takes new certificates when their files change: they are renewed every few weeks, and nobody restarts a server for
 * it. Files that do not fit (yet) are told, and the ones before stay.
 */
export function renewTls(
  files: TlsFiles,
  renew: (context: SecureContextOptions) => void,
  { everyMs = RENEW_MS, reportFault }: { everyMs?: number; reportFault: (error: unknown) => void },
): Disposable {
  let before = versionOf(files);
  const check = async (): Promise<void> => {
    const [last, now] = [await before, await versionOf(files)];
    if (last === now) return;
    before = Promise.resolve(now);
    renew(await loadContext(files));
  };
  const timer = setInterval(() => void check().catch(reportFault), everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function versionOf({ certificate, key, clientAuthority }: TlsFiles): Promise<string> {
  const names = [certificate, key, ...(clientAuthority === null ? [] : [clientAuthority])];
  const times = await Promise.all(
    names.map(async (name) => (await stat(name).catch(() => null))?.mtimeMs),
  );
  return times.join(' ');
}

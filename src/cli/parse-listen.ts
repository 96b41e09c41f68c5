import { KubeosError } from '../errors.ts';

export interface ListenOn {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT` or `:PORT` for all addresses. @throws KubeosError USAGE */
export function parseListen(option: string, text: string): ListenOn {
  const [, bracketed, plain, port] =
    /^(?:\[([\da-f:.]+)\]|([^\s:[\]]*)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new KubeosError('USAGE', `${option} ${text} is no address`, {
      hint: 'HOST:PORT, [IPV6]:PORT or :PORT',
    });
  }
  return { host: bracketed ?? (plain || '::'), port: Number(port) };
}

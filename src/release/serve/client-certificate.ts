import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** @returns the common name of a client's certificate that our authority signed, or null */
export function certificateName(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  const { subject } = socket.getPeerCertificate();
  // Typed as always there; it is empty where the client showed no certificate.
  const name: unknown = subject?.CN;
  return typeof name === 'string' ? name : null;
}

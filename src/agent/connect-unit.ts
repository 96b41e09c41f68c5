import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { KubeosError } from '../errors.ts';

/** Connects to a socket where systemd starts a process for each connection. */
export async function connectUnit(place: string): Promise<Duplex> {
  const socket = connect(place);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    const unit = `kubeos-${path.basename(place, '.sock')}.socket`;
    throw new KubeosError('HOST_NOT_READY', `nothing answers on ${place}`, {
      cause,
      hint: `systemctl status ${unit} says why`,
    });
  }
  return socket;
}

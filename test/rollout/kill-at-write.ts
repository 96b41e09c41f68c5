import { ClientRequest } from 'node:http';
import type { Functions } from '../release/kill-at-call.ts';

// Loaded before proxy or operator (`node --import`): ends it by SIGKILL at its KUBEOS_KILL_AT-th request that changes something,
// at the API server or the agent: before it is sent, or when it was carried out and the answer has not been read. The lease is
// not counted: it is renewed when it is time, whatever else happens.
const killAt = Number(process.env['KUBEOS_KILL_AT']);
const isAfter = process.env['KUBEOS_KILL_WHEN'] === 'answered';
let writes = 0;

const kill = (): void => void process.kill(process.pid, 'SIGKILL');

const requests = ClientRequest.prototype as unknown as Functions;
const send = requests['end'];
requests['end'] = function counted(this: ClientRequest, ...args: unknown[]): unknown {
  if (this.method !== 'GET' && !this.path.includes('/leases')) {
    writes += 1;
    if (writes === killAt && isAfter) this.prependOnceListener('response', kill);
    else if (writes === killAt) kill();
  }
  return send?.apply(this, args);
};

import { directoryContents } from '../../src/release/serve/directory-contents.ts';
import { DEFAULT_LIMITS } from '../../src/release/serve/serve-limits.ts';
import { serveMetrics } from '../../src/release/serve/serve-metrics.ts';
import { startImageServer } from '../../src/release/serve/start-image-server.ts';

/** The server that is measured, in a process of its own: node run-image-server.ts FOLDER. It prints its port. */
const [, , directory = '.'] = process.argv;
const contents = await directoryContents(directory);
const server = await startImageServer({
  listen: { host: '127.0.0.1', port: 0 },
  tls: null,
  find: contents.find,
  upload: null,
  limits: DEFAULT_LIMITS,
  metrics: serveMetrics(),
  // nginx writes no log here either.
  logAccess: () => undefined,
  reportFault: (error) => console.error(error),
});
console.log(server.address.port);

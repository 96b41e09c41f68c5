#!/usr/bin/env node
import { setGlobalProxyFromEnv } from 'node:http';
import { main } from '../src/cli/main.ts';

// fetch does not look at http_proxy by itself.
setGlobalProxyFromEnv();

// Whoever read what is written may be gone (`kubeos man | head`), or the terminal: the work goes on, so that it cleans up.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const controller = new AbortController();
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    // The first signal stops the work and cleans up, the second gives up waiting for that.
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(signal);
  });
}

process.exitCode = await main(process.argv.slice(2), {
  signal: controller.signal,
  stdout: process.stdout,
  stderr: process.stderr,
});

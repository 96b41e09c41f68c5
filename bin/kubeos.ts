#!/usr/bin/env node
import { setGlobalProxyFromEnv } from 'node:http';
import { knownError } from '../src/cli/known-error.ts';
import { main } from '../src/cli/main.ts';
import { renderError } from '../src/cli/render-error.ts';
import { exitCodeOf } from '../src/errors.ts';

const NOT_WRITTEN = exitCodeOf('NO_SPACE');

// fetch does not look at http_proxy by itself.
setGlobalProxyFromEnv();

// Whoever read what is written may be gone (`kubeos man | head`), or the terminal: the work goes on, so that it cleans up.
// So it does where a file that it is written to cannot be written; only that is no success.
let isLost = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isLost || error.code === 'EPIPE' || error.code === 'EIO') return;
    isLost = true;
    process.exitCode ||= NOT_WRITTEN;
    if (stream === process.stdout) process.stderr.write(`${renderError(knownError(error))}\n`);
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

const exitCode = await main(process.argv.slice(2), {
  signal: controller.signal,
  stdout: process.stdout,
  stderr: process.stderr,
});
process.exitCode = exitCode === 0 && isLost ? NOT_WRITTEN : exitCode;

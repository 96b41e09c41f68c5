import manifest from '#package' with { type: 'json' };
import { main } from '../src/agent/cli/main.ts';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => controller.abort(signal));
}

// A program compiled to one file is CommonJS, which cannot wait at its top level.
async function start(): Promise<void> {
  process.exitCode = await main({
    args: process.argv.slice(2),
    version: manifest.version,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    signal: controller.signal,
  });
}

void start();
